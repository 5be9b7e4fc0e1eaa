# `make` builds everything from the document; `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
EDITION ?= 2024

.PHONY: all tables notebooks figures test lint atlas clean lock

all: tables notebooks figures

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

tables: .venv/ready
	$(BIN)/sxc ingest --edition $(EDITION)

notebooks: .venv/ready tables
	$(BIN)/sxc notebooks --edition $(EDITION)

figures: .venv/ready tables
	$(BIN)/sxc figures --edition $(EDITION)

atlas: .venv/ready
	$(BIN)/sxc atlas --edition $(EDITION)

test: .venv/ready
	$(BIN)/python -m pytest -n auto

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# No address and no header: the lock holds wherever packages are had from.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header \
	  --all-extras pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build
