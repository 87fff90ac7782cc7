"""The agent's conversation as data: read from a transcript, made smaller, and written as one that the CLI resumes.

Pure. Imports nothing of the SDK.
"""
