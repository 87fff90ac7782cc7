"""The embedded control plane: a small API server, Job controller and kubelet, which meet only in the API.

Nothing outside of this folder may know that it exists, save the wiring that starts it: the bot speaks to it by
`bot.cluster`, as to any cluster.
"""
