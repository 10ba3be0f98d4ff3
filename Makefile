# Everything a clone needs; each target does its own set-up. Only Python >= 3.11, pip and make are assumed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help setup demo test simulation test-ui lint ui bench boundary lock docs clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(VENV)/.ready  ## make .venv with the locked versions

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# only saves start-up time; some packages ship templates that are no Python, so its verdict is not ours
	-@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib > /dev/null
	@touch $@

demo: setup      ## close a week of the sample company and say what to open
	$(BIN)/tieout demo books

test: setup      ## lint, types, import law, specs, properties, acceptance
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

simulation: setup  ## 10 000 random histories of lots against the oracle (about an hour)
	$(BIN)/python -m tests.ledgers.attribution.simulation

test-ui: setup   ## install and require a browser and LibreOffice (Debian), then run their tests
	tests/ui/install
	TIEOUT_REQUIRE_UI=1 $(BIN)/python -m pytest -m ui -n 0

ui: setup        ## Dagster over ./books on http://localhost:3000
	$(BIN)/tieout ui

boundary: setup  ## a million pairs exactly on the tolerance: none may be misjudged (make test tries fewer)
	TIEOUT_BOUNDARY_PAIRS=1000000 $(BIN)/python -m pytest -n 0 -k boundary tests/reconcilers

bench: setup     ## print the benchmark tables
	$(BIN)/python -m benchmarks

lock:            ## refresh the lock file (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --no-strip-extras --extra dev --extra postgres --extra erp pyproject.toml build-requirements.in -o requirements.lock

docs: setup      ## regenerate the generated pages
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
