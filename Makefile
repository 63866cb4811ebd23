# Two commands are the contract with a new user: `make demo` and `make test`.
# PYTHON names the interpreter that the environment is made with; it must be 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
HEAVY ?= $(HOME)/.cache/omnimemory/sentence-transformers

.PHONY: demo test lint types contracts pytest browser notebooks pictures servers servers-stop docs bench \
	test-sentence-transformers clean

demo: $(VENV)/.installed
	$(BIN)/omnimemory demo demo-data

test: lint types contracts pytest

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/pyright

contracts: $(VENV)/.tested
	$(BIN)/lint-imports

pytest: servers browser
	status=0; $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile || status=$$?; \
	$(BIN)/python -m tests.servers stop; exit $$status

# What the tests of the pictures need besides chromium; without npm they skip, and say so.
browser: $(VENV)/.tested
	-$(BIN)/python vendor.py cytoscape axe-core

# Not a part of `make test`: it installs some five gigabytes, in an environment of its own.
test-sentence-transformers:
	$(PYTHON) -m venv $(HEAVY)
	$(HEAVY)/bin/python -m pip install --quiet --editable '.[sentence-transformers]' pytest
	$(HEAVY)/bin/python -m pytest --noconftest tests/embed/with_sentence_transformers.py

notebooks: $(VENV)/.tested
	$(BIN)/python -m examples.notebooks

# The pictures in the README and the docs, drawn anew.
pictures: browser
	$(BIN)/python -m tests.show.draw

servers: $(VENV)/.tested
	$(BIN)/python -m tests.servers start

servers-stop: $(VENV)/.tested
	$(BIN)/python -m tests.servers stop

docs: $(VENV)/.documented
	$(BIN)/zensical build

bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks.ingest --interactions 10000
	$(BIN)/python -m benchmarks.read --interactions 10000

clean:
	rm -rf $(VENV) site demo-data .pytest_cache .ruff_cache .hypothesis

$(VENV)/.made:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'omnimemory needs Python 3.11 or newer: make PYTHON=python3.12 …')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.tested: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(VENV)/.documented: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group docs
	touch $@
