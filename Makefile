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
.PHONY: help demo up test lint audit chaos bench clean

help:
	@echo "make demo    a real Airflow texts two phones of the sandbox: no account, no costs, two minutes at first"
	@echo "make up      the same, and it stays for a look around in the browser, until Ctrl-C"
	@echo "make test    all tests, the quick ones first"
	@echo "make lint    ruff and mypy"
	@echo "make chaos   thousands of sends and incoming texts under faults and kills, then a real Airflow on two databases: an hour"
	@echo "make bench   one table: imports, sends, bulk, waits and watchers against what people would use instead; ARGS=--quick: some minutes"
	@echo "make audit   known weaknesses of the pinned packages"
	@echo "make clean   remove .venv, .venv-bench and all caches"
	@echo "With another Python: make demo PYTHON=python3.12"

demo: $(VENV)/.package
	@$(PY) -m scripts.demo $(ARGS)

up: $(VENV)/.package
	@$(PY) -m scripts.demo --stay $(ARGS)

test: $(VENV)/.package
	@$(PY) -m scripts.run_tests $(ARGS)

lint: $(VENV)/.tools
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy airflow_provider_smsworks scripts benchmarks

audit: $(VENV)/.tools
	@$(PY) -m scripts.audit

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
	@rm -rf $(VENV) $(BENCH) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
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
