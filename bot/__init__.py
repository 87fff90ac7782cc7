"""The shell around the decisions: doors, loops, clients, store, wiring, command line. It decides nothing.

Stands on handlers and crds; the runner is never imported from here, it is executed.
"""
