# From a fresh clone: `make demo`. Needs Python 3.11 to 3.13 and nothing else; everything goes to .venv.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CONSTRAINTS := constraints/airflow-3.3.2.txt
BENCH := .venv-bench
BENCH_PY := $(BENCH)/bin/python
PACKAGE := $(shell find airflow_provider_smsworks -not -path '*/__pycache__*')
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo up test test-matrix test-oldest test-newest-python coverage lint audit docs chaos bench clean

help:
	@echo "make demo    a real Airflow texts two phones of the sandbox: no account, no costs, two minutes at first"
	@echo "make up      the same, and it stays for a look around in the browser, until Ctrl-C"
	@echo "make test    all tests, the quick ones first"
	@echo "make test-matrix  on every Airflow from 2.11 on, and upgrades with waiting tasks; ARGS=\"2.11.2 3.0.6\": on these"
	@echo "make test-oldest  some of the tests on the oldest Airflow; make test-newest-python: the unit tests on Python 3.13, if it is there"
	@echo "make lint    ruff, mypy and what no file may hold, as before each commit"
	@echo "make coverage  lines and branches that the tests without Airflow's processes run; fails below 95 %"
	@echo "make chaos   thousands of sends and incoming texts under faults and kills, then a real Airflow on two databases: an hour"
	@echo "make bench   one table: imports, sends, bulk, waits and watchers against what people would use instead; ARGS=--quick: some minutes"
	@echo "make audit   known weaknesses of the pinned packages"
	@echo "make docs    the documentation as a site: docs/_build/index.html"
	@echo "make clean   remove .venv, .venv-bench, .venv-matrix and all caches"
	@echo "With another Python: make demo PYTHON=python3.12"

demo: $(VENV)/.package
	@$(PY) -m scripts.demo $(ARGS)

up: $(VENV)/.package
	@$(PY) -m scripts.demo --stay $(ARGS)

test: $(VENV)/.package
	@$(PY) -m scripts.run_tests $(ARGS)

# Each Airflow in an environment of its own in .venv-matrix, as constraints/airflow-<version>.txt pins it.
test-matrix:
	@"$(PYTHON)" -m scripts.test_matrix $(ARGS)

test-oldest:
	@"$(PYTHON)" -m scripts.test_matrix --quick 2.11.2

# Also where pyenv has it and this folder does not use it.
test-newest-python:
	@for python in python3.13 "$$HOME"/.pyenv/versions/3.13.*/bin/python3.13; do \
	  if "$$python" --version >/dev/null 2>&1; then exec "$$python" -m scripts.test_matrix --quick --only unit 3.3.2; fi; \
	done; echo "There is no python3.13 here: left out"

coverage: $(VENV)/.package
	@$(PY) -m scripts.run_tests --coverage $(ARGS)

# What is checked is in .pre-commit-config.yaml.
lint: $(VENV)/.tools
	@$(VENV)/bin/prek run --all-files --show-diff-on-failure

audit: $(VENV)/.tools
	@$(PY) -m scripts.audit

# Warnings are errors, and so is a page that would fetch something from elsewhere.
docs: $(VENV)/.docs $(VENV)/.package
	@$(PY) -m sphinx -q -W --keep-going -n -j auto -d docs/_build/.doctrees docs docs/_build
	@! grep -rnE '<(script|link|img|iframe|source)[^>]+(src|href)="(https?:)?//' --include='*.html' docs/_build
	@echo "docs/_build/index.html"

# The figures of docs/sending-once-figures.md.
chaos: $(VENV)/.package
	@$(PY) -m tests.chaos $(ARGS)
	@$(PY) -m tests.chaos.inbox
	@$(PY) -m tests.chaos.real --database sqlite
	@$(PY) -m tests.chaos.real --database postgresql
	@$(PY) -m tests.chaos --mutants

# In an environment of its own: what it compares with is no part of this project.
bench: $(BENCH)/.package
	@$(BENCH_PY) -m benchmarks $(ARGS)

clean:
	@rm -rf $(VENV) $(BENCH) .venv-matrix .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist docs/_build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Airflow and the tools, as pinned. Again when pyproject.toml or the pins change.
$(VENV)/.tools: pyproject.toml $(CONSTRAINTS)
	@$(PY) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  command -v "$(PYTHON)" >/dev/null || \
	    { echo "There is no $(PYTHON) here. Name a Python 3.11 to 3.13: make demo PYTHON=python3.12" >&2; exit 1; }; \
	  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "$$("$(PYTHON)" --version 2>&1) is too old, 3.11 or newer is needed: make demo PYTHON=python3.12" >&2; exit 1; }; \
	  "$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || \
	    { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: python3-venv)" >&2; exit 1; }; \
	  "$(PYTHON)" -m venv --clear $(VENV); }
	@echo "Installing Airflow 3.3.2 and the tools to $(VENV): only once, about a minute ..."
	@$(PY) scripts/requirements.py > $(VENV)/requirements.txt
	@$(PY) -m pip install -qq --constraint $(CONSTRAINTS) --requirement $(VENV)/requirements.txt
	@touch $@

# What only the site needs.
$(VENV)/.docs: $(VENV)/.tools
	@echo "Installing Sphinx ..."
	@$(PY) scripts/requirements.py docs > $(VENV)/requirements-docs.txt
	@$(PY) -m pip install -qq --constraint $(CONSTRAINTS) --requirement $(VENV)/requirements-docs.txt
	@touch $@

# The package, as a user's pip would install it. Again when one of its files changes.
$(VENV)/.package: $(VENV)/.tools $(PACKAGE)
	@echo "Installing the provider ..."
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --force-reinstall .
	@touch $@

$(BENCH)/.tools: $(VENV)/.tools benchmarks/requirements.txt
	@echo "Installing Airflow 3.3.2 and what to compare with to $(BENCH): only once, some minutes ..."
	@$(PY) -m venv --clear $(BENCH)
	@$(BENCH_PY) -m pip install -qq --constraint $(CONSTRAINTS) \
	  --requirement $(VENV)/requirements.txt --requirement benchmarks/requirements.txt
	@touch $@

$(BENCH)/.package: $(BENCH)/.tools $(PACKAGE)
	@echo "Installing the provider ..."
	@$(BENCH_PY) -m pip install -qq --no-deps --no-build-isolation --force-reinstall .
	@touch $@
