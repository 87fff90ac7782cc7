"""Images of a thread: found in the order's talk, fetched from the forge's own hosts, looked at, kept for the runner.

Called by bot/orders.py. What cannot be had is told with its reason; no address that is signed leaves this folder.
"""
