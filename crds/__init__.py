"""The vocabulary: what a session, a work order, a receipt and a result are, and the arithmetic both sides agree on.

Floor 0 of the house. Imports pydantic only (PyYAML in __main__); it never talks to anything.
"""
