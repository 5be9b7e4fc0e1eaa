# `make` builds everything from the document; `make test` runs the tests. Both set up what they need.
PYTHON ?= python3
EDITION ?= 2024
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: all tables notebooks figures atlas report test lint corpus mutants fuzz docs release clean lock

all: tables notebooks figures

# What a user runs.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# What a developer needs on top: tests, linters, the site.
.venv/developer: .venv/ready requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

tables: .venv/ready
	$(BIN)/sxc ingest --edition $(EDITION)

notebooks: .venv/ready tables
	$(BIN)/sxc notebooks --edition $(EDITION)

figures: .venv/ready tables
	$(BIN)/sxc figures --edition $(EDITION)

atlas report: .venv/ready
	$(BIN)/sxc $@ --edition $(EDITION)

test: .venv/developer
	$(BIN)/python -m pytest -n auto

lint: .venv/developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# What a change does to the reading of many lists: rows added and removed. make corpus AGAINST=main FOLDERS="…"
corpus: .venv/developer
	$(BIN)/python tests/tools/compare_corpus.py --against $(or $(AGAINST),main) $(FOLDERS)

# One-line faults planted in code and lexicon, and how many the tests notice. Takes long; make mutants COUNT=200 for more.
mutants: .venv/developer
	$(BIN)/python tests/tools/mutants.py --count $(or $(COUNT),60)

# The fuzzers of the tests, for minutes instead of seconds.
fuzz: .venv/developer
	SXC_FUZZ=100 $(BIN)/python -m pytest -k fuzz

docs: .venv/developer
	$(BIN)/python -m sphinx -W --keep-going -q docs build/site

# One archive of data and figures, to be cited. make release SINCE=older.zip says what changed.
release: .venv/developer
	$(BIN)/python tests/tools/release.py $(if $(SINCE),--since $(SINCE))

# No address and no header: the locks hold wherever packages are had from.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header
lock: .venv/developer
	$(COMPILE) --extra pdf --extra xlsx --extra notebooks --extra report --extra build pyproject.toml -o requirements.lock
	$(COMPILE) --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv build
