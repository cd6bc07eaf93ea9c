# Nothing but Python 3.11 or newer is expected; no environment needs to be active.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
LOCKS := config/requirements
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
BROWSER := config/build/assets.py $(wildcard config/browser/*) config/browser/.npmrc
VENDOR := app/web/static/vendor/htmx.min.js
AXE := build/browser/axe.min.js
WHOLE := --numprocesses=auto --maxprocesses=4 -m "not conformance"
# Clients wait for their own threads most of the time, so that three go together on two processors.
CLIENTS := --numprocesses=3 --dist=loadfile --no-loadscope-reorder -m conformance

.PHONY: help dev serve demo test test-postgres conformance policy check bench lint fmt lock assets \
	docs migration mutate slow clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

dev: .venv/.locked-dev .venv/.installed $(AXE) ## Make .venv with the command and all test tools
	@:

serve: .venv/.installed $(VENDOR) ## Install what serving needs and serve on an embedded default
	$(BIN)/muniment serve $(ARGS)

demo: .venv/.locked-demo .venv/.installed $(VENDOR) ## Serve with the demo loaded (ARGS=--exit ends after it)
	$(BIN)/muniment demo $(ARGS)

test: dev ## Run the tests on SQLite (T=path runs some of them)
	@$(BIN)/python -m tests.chromium
	$(BIN)/pytest $(or $(T),$(WHOLE))

test-postgres: dev ## Run on PostgreSQL the tests that use a database
	@$(BIN)/python -m tests.chromium
	TEST_DATABASE=postgres $(BIN)/pytest $(or $(T),$(WHOLE))

conformance: dev ## Run the clients of other projects against a real server
	$(BIN)/pytest $(CLIENTS)

policy: dev ## Check the examples in policies/assertions
	$(BIN)/muniment policy test

check: lint test test-postgres conformance policy ## Everything that has to hold before a change goes in

bench: dev ## Measure, and print each figure beside its goal
	$(BIN)/python -m tests.bench $(ARGS)

lint: dev ## Check style, types, imports and templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint --check app/web/templates

fmt: dev ## Format code and templates
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --reformat app/web/templates || $(BIN)/djlint --quiet --check app/web/templates

lock: ## Choose the newest versions that fit and write them down with their hashes
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/uv/bin/python config/build/lock.py

assets: .venv/.locked-serve $(VENDOR) ## Fetch the browser libraries
	@:

docs: dev ## Draw docs/mlflow.md from the policies and the endpoints
	$(BIN)/python -m tests.policies.mlflow_document

migration: dev ## Write the next migration from the tables (m="what it does")
	@test -n "$(m)" || { echo 'Say what it does: make migration m="…"'; exit 1; }
	$(BIN)/python config/build/migration.py "$(m)"
	@$(BIN)/ruff format --quiet migrations

mutate: dev ## Change access and crypto at random: a test has to notice
	$(BIN)/mutmut run
	$(BIN)/mutmut results

slow: dev ## Name the 20 slowest tests
	$(BIN)/pytest --quiet --durations=20 --durations-min=0 -p no:randomly

clean: ## Remove all that make has made
	rm -rf .venv build dist htmlcov mutants app/web/static/vendor .coverage .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One .venv; a stamp for each lock that is installed in it.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, on PATH or as PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.locked-%: $(LOCKS)/%.txt | $(BIN)/python
	@echo "Installing $< …"
	@$(PIP) --require-hashes -r $<
	@touch $@

.venv/.locked-demo .venv/.locked-dev: .venv/.locked-serve

.venv/.installed: pyproject.toml app/__init__.py | .venv/.locked-serve
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENDOR): $(BROWSER) | .venv/.locked-serve
	@$(BIN)/python config/build/assets.py
	@touch $@

$(AXE): $(BROWSER) | .venv/.locked-serve
	@$(BIN)/python config/build/assets.py --tests
	@touch $@ $(VENDOR)
