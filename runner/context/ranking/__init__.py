"""Which code of a repository belongs to an issue, without a model: files and their parts, scored and packed.

Pure but for `grammars.py`, which loads compiled parsers in a process of its own, and `syntax.py`, which asks that
process. Called by `context/code.py` and by `vteam context`.
"""
