"""The context: from what the order offers to one prompt that fits its budget, and a receipt of what was taken.

All of it is arithmetic on values (`tree.py` alone reads files, and never through a link). It never talks to anything.
"""
