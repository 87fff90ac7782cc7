"""In the pod: fetches the work order, prepares the workspace and the prompt, runs the agent, hands its work back.

Started as `python -I -m runner` (isolated, so that no file of a repository is ever imported). It imports the
vocabulary (`crds`) and libraries only: no Kubernetes client, no GitHub client, no write token, no model key.
"""
