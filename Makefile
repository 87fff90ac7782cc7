# Two commands matter: `make demo` and `make test`. Both set up all that they need, in this folder only.
SHELL := /bin/bash
PYTHON ?= python3.12
UV_VERSION := 0.13.9
UV := .uv/bin/uv
BIN := .venv/bin
# One more than the cores have work for, for a good part of the stories' time is waiting; at most six, for memory.
# Each takes a row of neighbours, which share what they import and start, and helps the others at the end.
CORES := $(shell getconf _NPROCESSORS_ONLN)
WORKERS ?= $(shell echo $$(( $(CORES) < 5 ? $(CORES) + 1 : 6 )))
export UV_PYTHON_DOWNLOADS := never
# Where it is set, each of the tests' many processes compiles all that it imports; empty means not set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test lint bench conformance lock clean

setup: .venv/.ready

# uv comes from the package index into .uv; nothing is installed outside this folder.
$(UV):
	@PY=$$(command -v $(PYTHON) || command -v python3); \
	  "$$PY" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' \
	    || { echo "Python 3.12 is needed; found $$PY ($$("$$PY" --version)). Set PYTHON=/path/to/python3.12."; exit 2; }; \
	  "$$PY" -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: requirements.lock pyproject.toml | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$$(.uv/bin/python -c 'import sys; print(sys.executable)')" .venv
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python requirements.lock
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

demo: setup
	@$(BIN)/vteam demo $(DEMO)

# The fast tests; LONG=1 runs those marked long as well, TESTS=… all of a part.
test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(if $(LONG)$(TESTS),,-m "not long") $(TESTS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m crds --check

bench: setup
	@$(BIN)/python -m tests.bench

# Runs the API semantics of tests/conformance against a real cluster; it works in a namespace of its own.
conformance: setup
	@test -n "$(KUBECONFIG)" || { echo "make conformance KUBECONFIG=/path/to/kubeconfig"; exit 2; }
	VTEAM_CONFORMANCE_KUBECONFIG="$(KUBECONFIG)" $(BIN)/python -m pytest tests/conformance

lock: $(UV)
	$(UV) pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.12 --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
