# Nothing but Python 3.11 or newer is expected; no environment needs to be active.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
ASSETS := app/web/static/vendor
LOCKS := config/requirements

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

# --- the environment: one .venv, one stamp for each lock that is installed in it

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: put it on PATH or give PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.locked-%: $(LOCKS)/%.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.installed: pyproject.toml app/__init__.py | .venv/.locked-serve
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

.PHONY: dev
dev: .venv/.locked-serve .venv/.locked-dev .venv/.installed ## Make .venv with the command and all test tools
