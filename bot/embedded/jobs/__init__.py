"""The Job controller: Job to Pod, and the Job's status as Kubernetes writes it, for Jobs of one pod at a time.

`decide` is the whole policy, pure; `controller` watches and acts. It meets the API server and the kubelet only in the
API, and refuses a Job that asks for more than it does instead of doing something near it.
"""
