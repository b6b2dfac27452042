# `make` alone lists what can be done here.
.DEFAULT_GOAL := help
PYTHON_BIN := .venv/bin/python
FLASK := $(PYTHON_BIN) -m flask --app wsgi
RUNNING := tests/e2e tests/faults
PAGES := $(wildcard tests/*/web) tests/desk/services
# Rules, the house, and one slice of each area.
QUICK := tests/test_house.py $(wildcard tests/*/domain) $(wildcard tests/*/test_domain.py) \
	tests/base/adapters/test_jobs.py tests/people/web/test_accounts_sessions.py tests/campaigns/queries tests/cases/services/test_moderation.py \
	tests/intake/web/test_public_form.py tests/desk/web/test_moderation_decisions.py tests/editing/test_cli.py tests/digests/test_services.py \
	tests/workbooks/queries tests/tracking/web/test_tracking.py tests/outreach/web/test_channels.py

.PHONY: help run test test-quick test-all test-sqlite test-pages test-browsers test-faults \
	test-postgresql try-empty check lint demo bench acceptance \
	faults fuzz matrix mutants migration lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ready ## start the service and its worker, on the first start with everything a visitor needs
	@exec .venv/bin/python -m feedback.assembly.serve

test: ready-for-tests ## run every check and every test, on SQLite, and on PostgreSQL what could differ there
	@rm -rf .statements
	@$(MAKE) --no-print-directory --jobs=6 --output-sync=target \
		check test-browsers test-faults test-postgresql test-sqlite test-pages
	@$(PYTHON_BIN) -m tests.statements

test-quick: check ## before a commit: the checks, the rules and a slice of each area, within a minute
	TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest $(QUICK)

test-all: ## before something is called done: every test on both databases, and the whole of the real input
	@$(MAKE) --no-print-directory test ON_BOTH=all
	@$(MAKE) --no-print-directory acceptance faults

test-sqlite: ready-for-development
	STATEMENTS=1 TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest $(PAGES:%=--ignore=%) $(RUNNING:%=--ignore=%)

# A half of them, so that the cores are busy to the end.
test-pages: ready-for-development
	STATEMENTS=2 TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest $(PAGES)

# What starts services and browsers waits for them half of its time, in which the others go on.
test-browsers: ready-for-development
	TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest tests/e2e

test-faults: ready-for-development
	TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest tests/faults

test-postgresql: ready-for-development
	STATEMENTS=1 TEST_DATABASE=postgresql ON_BOTH=$(ON_BOTH) $(PYTHON_BIN) -m pytest

try-empty: ## both commands of the README in an empty Debian 12, made by debootstrap for it (as root)
	@scripts/try-empty

check: ready-for-development ## run the linters and the type checker alone
	.venv/bin/ruff check --quiet .
	.venv/bin/ruff format --quiet --check .
	.venv/bin/mypy
	.venv/bin/bandit --quiet --recursive feedback --severity-level medium
	.venv/bin/lint-imports --no-logo

lint: ready-for-development ## mend what the linters can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

demo: ready ## fill the instance with a hundred opinions written for this project
	@$(FLASK) prepare
	@$(FLASK) demo tests/data/opinions.csv

acceptance: ready-for-tests ## the whole of the real input through the whole of the job
	ACCEPTANCE=all $(PYTHON_BIN) -m pytest tests/acceptance

faults: ready-for-tests ## what is killed, cut, flooded and guessed at, as long and as often as promised
	FAULTS=all $(PYTHON_BIN) -m pytest tests/faults tests/people/web/test_accounts_sign_in_storm.py -s

fuzz: ready-for-tests ## whatever can be sent in every field of every page by everybody who may, on both databases
	FUZZ=all TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest tests/access/test_fields.py
	FUZZ=all TEST_DATABASE=postgresql $(PYTHON_BIN) -m pytest tests/access/test_fields.py

bench: ready-for-tests ## measure against the control and write bench/results.md
	$(PYTHON_BIN) -m bench.run all

mutants: ready-for-development ## a hundred small mistakes in rules, services and access: which does no test notice?
	@$(PYTHON_BIN) -m tests.mutants

matrix: ready-for-development ## propose lines of the access matrix for new routes; read them with git diff
	@$(PYTHON_BIN) -m tests.access.proposing

migration: ready-for-development ## draft a migration from the models: make migration NAME="add due_at to submission"
	$(FLASK) draft-migration "$(NAME)"

lock: ready-for-development ## pin the packages of pyproject.toml, with hashes
	$(PYTHON_BIN) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml -o requirements.txt
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml --extra postgresql -o requirements-postgresql.txt
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml --extra postgresql --extra dev -o requirements-dev.txt

clean: ## remove what can be made again; keeps instance/ and secrets/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: ready ready-for-development ready-for-tests
ready:
	@scripts/prepare requirements.txt

ready-for-development:
	@scripts/prepare requirements-dev.txt

# What the system lacks comes first, so that it is named at once where nothing may be installed.
ready-for-tests:
	@scripts/prepare-system tests
	@scripts/prepare requirements-dev.txt
