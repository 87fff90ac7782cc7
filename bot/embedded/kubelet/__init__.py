"""Pods as local processes: what a kubelet does, as far as one machine without containers can do it honestly.

It must stay importable with the standard library alone (`supervise` runs without site-packages): no imports here.
"""
