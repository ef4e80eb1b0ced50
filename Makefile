# `make help` lists the targets. Paths are relative, so a checkout may lie in a folder with spaces.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT   ?= 8000
JOBS   ?= auto
ARGS   ?=
export PORT

BIN      := .venv/bin
PY       := $(BIN)/python
# The locks are complete: with nothing to resolve, a newer release of anything cannot get in the way.
INSTALL  := $(PY) -m pip install --quiet --no-input --disable-pip-version-check --no-deps --only-binary :all: --require-hashes
PYTEST   := $(PY) -m pytest
MEASURED := --cov --cov-branch --cov-report= --cov-fail-under=0
COVERAGE := build/coverage
RUNS     := $(addprefix $(COVERAGE)/,sqlite browser postgres services)
# What decides and never asks: every branch of it is tested.
PURE     := usage/scoring/*,usage/lab/*,usage/ingest.py,usage/periods.py,usage/numbers.py,usage/bounds.py,usage/card_rows.py,usage/explain.py,usage/explain_health.py,usage/facts.py,usage/health_words.py,usage/nodes.py,usage/charts.py,playbooks/rules.py,playbooks/statuses.py,playbooks/queue.py,playbooks/milestones.py,playbooks/words.py,accounts/access.py,accounts/claims.py,accounts/formats.py,accounts/markdown.py,accounts/mentions.py,accounts/redaction.py,accounts/words.py,playbooks/alerting.py,usage/anomalies.py,accounts/renewals.py,playbooks/config_plan.py,playbooks/what_if.py
# Each takes --full for the large size.
BENCHES  := tests.bench.main_job tests.bench.score tests.bench.what_if
LOCKS    := requirements.txt requirements-postgres.txt requirements-sso.txt requirements-metrics.txt
CODE     := accounts config playbooks usage tests

##@ Run

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile
	@printf '\nPYTHON=%s  PORT=%s  ARGS="-k queue" goes to pytest\n' '$(PYTHON)' '$(PORT)'

.PHONY: demo
demo: export DEBUG = 1
demo: .venv/runtime.stamp ## Install, migrate, seed a demo and serve it on loopback; Ctrl-C ends it
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo
	@exec $(PY) manage.py serve

.PHONY: serve
serve: export DEBUG = 1
serve: .venv/runtime.stamp ## Serve what is there, as demo does, without seeding
	@$(PY) manage.py migrate --verbosity 0
	@exec $(PY) manage.py serve

##@ Check

.PHONY: test
test: .venv/dev.stamp ## Run all tests that this machine can run (SQLite; Chromium if installed)
	@mkdir -p $(COVERAGE)
	@failed=0; \
	COVERAGE_FILE=$(COVERAGE)/sqlite $(PYTEST) -n $(JOBS) -m "not browser" --durations 20 $(MEASURED) $(ARGS) || failed=1; \
	COVERAGE_FILE=$(COVERAGE)/browser $(PYTEST) -m browser $(MEASURED) $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	exit $$failed

.PHONY: test-services
test-services: .venv/dev.stamp ## Run them on the PostgreSQL of DATABASE_URL and the Redis of REDIS_URL
	@mkdir -p $(COVERAGE)
	@failed=0; \
	COVERAGE_FILE=$(COVERAGE)/postgres $(PYTEST) -n $(JOBS) -m "not browser and not services" --durations 20 $(MEASURED) $(ARGS) || failed=1; \
	COVERAGE_FILE=$(COVERAGE)/services $(PYTEST) -m services --durations 20 $(MEASURED) $(ARGS) || failed=1; \
	$(PYTEST) -m journey $(ARGS) || test $$? -eq 5 || failed=1; \
	exit $$failed

.PHONY: explore
explore: .venv/dev.stamp ## Look for what breaks a property: other examples in each run, a thousand of each
	$(PYTEST) -n $(JOBS) -m hypothesis --hypothesis-profile explore $(ARGS)

.PHONY: torture
torture: export TORTURE = 1
torture: .venv/dev.stamp ## Kill parts of an installation of its own, hundreds of times; takes most of an hour
	$(PYTEST) tests/torture -m torture --durations 20 $(ARGS)

.PHONY: browser
browser: .venv/dev.stamp ## Run the browser tests in headless Chromium (left out where there is none)
	$(PYTEST) -m browser $(ARGS) || test $$? -eq 5  # 5: none left to run, said above

.PHONY: coverage
coverage: .venv/dev.stamp ## Judge the coverage of the runs so far: 95 % of all, 100 % of the pure modules
	@$(BIN)/coverage combine --keep --quiet --data-file=$(COVERAGE)/all $(wildcard $(RUNS))
	$(BIN)/coverage report --data-file=$(COVERAGE)/all
	$(BIN)/coverage report --data-file=$(COVERAGE)/all --include='$(PURE)' --fail-under=100

.PHONY: lint
lint: .venv/dev.stamp ## Lint Python and templates
	$(BIN)/ruff check .
	@find $(CODE) -name '*.py' -print0 | xargs -0 $(BIN)/django-upgrade --target-version 5.2 --check
	@find templates $(CODE) -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive $(filter-out tests,$(CODE))

.PHONY: format-check
format-check: .venv/dev.stamp ## Fail where `make format` would change something
	$(BIN)/ruff format --check .

.PHONY: format
format: .venv/dev.stamp ## Rewrite Python and templates in the house form
	@find $(CODE) -name '*.py' -print0 | xargs -0 $(BIN)/django-upgrade --target-version 5.2 --exit-zero-even-if-changed
	@find templates $(CODE) -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 || true
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: export DEBUG = 1
types: .venv/dev.stamp ## Check the types (mypy, strict)
	$(PY) -m mypy

.PHONY: contracts
contracts: .venv/dev.stamp ## Check which way modules import
	$(BIN)/lint-imports --no-logo

.PHONY: migrations-check
migrations-check: export DEBUG = 1
migrations-check: .venv/dev.stamp ## Fail when a model change has no migration
	$(PY) manage.py makemigrations --check --dry-run

.PHONY: deploy-check
deploy-check: export DEBUG = 0
deploy-check: export SECRET_KEY = of-this-check-only-and-of-nothing-else-0123456789-0123456789
deploy-check: .venv/dev.stamp ## Check that the settings are fit for production as they are
	$(PY) manage.py check --deploy --fail-level WARNING

.PHONY: audit
audit: .venv/dev.stamp ## Look the locked packages up among known weaknesses, where that can be asked
	@mkdir -p build && rm -f build/audit.json
	@$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes --format json \
	  --output build/audit.json $(addprefix --requirement ,$(LOCKS)) || status=$$?; \
	if [ -s build/audit.json ]; then exit $${status:-0}; fi; \
	echo 'The database of known weaknesses was not reached (see above): nothing was checked.'

.PHONY: bench
bench: .venv/dev.stamp ## Measure on generated accounts, small (DATABASE_URL for PostgreSQL, ARGS="--accounts 20000")
	@for each in $(BENCHES); do $(PY) -m $$each $(ARGS) || exit; done

.PHONY: bench-full
bench-full: ARGS += --full
bench-full: bench ## Measure the same on 100,000 accounts and 13 months; takes long

.PHONY: ci
ci: ## Run everything that must hold, with PostgreSQL, Redis and Chromium
	@.ci/run

##@ Keep up

.PHONY: dev
dev: .venv/dev.stamp ## Install what the tests and checks need

.PHONY: lock
lock: .venv/dev.stamp ## Pin requirements*.in again (UPGRADE=1 takes newer releases)
	@for each in requirements requirements-postgres requirements-sso requirements-metrics requirements-dev; do \
	  $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	    --python-version 3.11 $(if $(UPGRADE),--upgrade) $$each.in --output-file $$each.txt || exit; \
	done
	@! grep -nE '^ *(--(extra-)?index-url|--find-links|--trusted-host)|://' requirements*.txt \
	  || { echo 'A lock names an index or a host.' >&2; exit 1; }

.PHONY: messages
messages: .venv/dev.stamp ## Write all texts into locale/TO/LC_MESSAGES/django.po (needs gettext)
	@test -n '$(TO)' || { echo 'Which one? make messages TO=de' >&2; exit 1; }
	DEBUG=1 $(PY) manage.py makemessages --locale '$(TO)' --no-location --ignore '*/management/*' --ignore 'tests/*' --ignore '.venv/*'

.PHONY: compile-messages
compile-messages: .venv/dev.stamp ## Make the catalogue that is read of locale/TO (needs gettext)
	@test -n '$(TO)' || { echo 'Which one? make compile-messages TO=de' >&2; exit 1; }
	DEBUG=1 $(PY) manage.py compilemessages --locale '$(TO)' --ignore '.venv/*'

.PHONY: licences
licences: .venv/dev.stamp ## List the licences of what Foothold runs on in docs/licences.md
	$(PY) -m tests.architecture.licences

.PHONY: clean
clean: ## Remove the virtual environment, caches and (asks again) the database
	@printf 'Remove .venv, caches and reports? [y/N] '; read -r answer; \
	if [ "$$answer" = y ]; then \
	  rm -rf .venv build staticfiles htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache test-results; \
	  find $(CODE) -name __pycache__ -prune -exec rm -rf {} +; \
	fi
	@printf 'Remove db.sqlite3 with all its data? [y/N] '; read -r answer; \
	if [ "$$answer" = y ]; then rm -f db.sqlite3*; fi

# --- The virtual environment: a stamp for each lock, so a second run installs nothing ---------------

$(PY):
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Foothold needs Python 3.11 or newer: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@'$(PYTHON)' -m venv .venv \
	  || { echo 'This Python has no venv; on Debian and Ubuntu: apt-get install python3-venv' >&2; rm -rf .venv; exit 1; }

.venv/runtime.stamp: requirements.txt | $(PY)
	@echo 'Installing what Foothold runs on ...'
	@$(INSTALL) -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt requirements.txt | $(PY)
	@echo 'Installing what the tests and checks need ...'
	@$(INSTALL) -r requirements-dev.txt
	@touch $@ .venv/runtime.stamp
