# `make` alone lists what can be done here.
.DEFAULT_GOAL := help
PYTHON_BIN := .venv/bin/python
FLASK := $(PYTHON_BIN) -m flask --app wsgi
RUNNING := tests/e2e tests/faults

.PHONY: help run test faults test-sqlite test-services test-postgresql check lint demo bench acceptance migration lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ready ## start the service and its worker, on the first start with everything a visitor needs
	@exec $(FLASK) serve

test: check ## run every check and every test, on SQLite and on PostgreSQL side by side
	@scripts/prepare-tests
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target test-sqlite test-services test-postgresql

test-sqlite: ready-for-development
	TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest $(RUNNING:%=--ignore=%)

# What starts services and browsers waits for them half of its time, in which the others go on.
test-services: ready-for-development
	TEST_DATABASE=sqlite $(PYTHON_BIN) -m pytest $(RUNNING)

test-postgresql: ready-for-development
	TEST_DATABASE=postgresql $(PYTHON_BIN) -m pytest

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

acceptance: ready-for-development ## the whole of the real input through the whole of the job
	@scripts/prepare-tests
	ACCEPTANCE=all $(PYTHON_BIN) -m pytest tests/acceptance

faults: ready-for-development ## five hundred submissions with pictures through a network that cuts, loses, doubles and slows
	@scripts/prepare-tests
	FAULTS=all $(PYTHON_BIN) -m pytest tests/faults/test_bad_network.py -s

bench: ready-for-development ## measure against the control and write bench/results.md
	@scripts/prepare-tests
	$(PYTHON_BIN) -m bench.run all

migration: ready-for-development ## draft a migration from the models: make migration NAME="add due_at to submission"
	$(FLASK) draft-migration "$(NAME)"

lock: ready-for-development ## pin the packages of pyproject.toml, with hashes
	$(PYTHON_BIN) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml -o requirements.txt
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml --extra postgresql -o requirements-postgresql.txt
	.venv/bin/uv pip compile --quiet --no-header --no-annotate --generate-hashes pyproject.toml --extra postgresql --extra dev -o requirements-dev.txt

clean: ## remove what can be made again; keeps instance/ and secrets/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: ready ready-for-development
ready:
	@scripts/prepare requirements.txt

ready-for-development:
	@scripts/prepare requirements-dev.txt
