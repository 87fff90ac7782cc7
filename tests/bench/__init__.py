"""The benchmark, `make bench`: one table, each row beside a peer or a floor where there is one. Never run by pytest."""
