"""Hypothesis without a clock and without files of its own: a slow machine is no fault of the code."""

from hypothesis import settings

settings.register_profile("vteam", deadline=None, database=None, print_blob=False)
settings.load_profile("vteam")
