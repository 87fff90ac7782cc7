"""Schemas: what an object may look like, which defaults it gets, what of it is dropped, and which rules hold.

`crds` and `builtin_schemas` compile `Node` trees; `objects` settles and checks each write against them.
"""
