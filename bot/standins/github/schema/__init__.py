"""Records → JSON as GitHub writes it, one module per family. Pure: no I/O, no change."""
