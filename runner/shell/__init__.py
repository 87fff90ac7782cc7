"""Reads the agent's shell commands for what they do to its work: whether they change files, whether they run the tests.

Pure. Nothing here is a fence: a command that hides what it does is taken for one that only looks.
"""
