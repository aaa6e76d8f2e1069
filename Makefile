# `make demo` and `make test` install what they need. They require Python 3.11 to 3.13, Node.js if
# Azurite runs (make test, make demo BLOBS=azurite), and Java for Spark (make demo ENGINE=spark).

# The first Python that can create a .venv for dbt. Running each one skips shims of versions that are
# not installed.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
UV_VERSION := 0.13.9
IMAGES ?=
BLOBS ?= folder
TARGET ?=
ENGINE ?= loop
EXTRA ?= $(if $(filter spark,$(ENGINE) $(TARGET)),spark)
QUICK ?=

BIN := .venv/bin
# The uv of the machine if there is one, else that of .venv.
UV := $(or $(shell command -v uv),$(BIN)/uv)

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench lint judge format clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready$(EXTRA) profiles.yml ## install the dependencies into .venv; EXTRA=sqlserver adds Microsoft's driver, EXTRA=spark Apache Spark

.venv/.ready$(EXTRA): uv.lock pyproject.toml
	@test -x "$(UV)" || test -x $(BIN)/python || test -n "$(PYTHON)" || \
		{ echo "Install Python 3.11, 3.12 or 3.13 with its venv module, or uv, and try again."; exit 1; }
	@echo "Installing into .venv, which takes about a minute ..."
	@test -x "$(UV)" || test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x "$(UV)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV) sync --frozen --inexact --quiet --compile-bytecode --extra matcher --extra review $(if $(EXTRA),--extra $(EXTRA))
	$(if $(filter sqlserver,$(EXTRA)),@echo "Microsoft's driver is in .venv. To use it: export SQLSERVER_BACKEND=mssql-python")
	@touch $@

profiles.yml:
	cp profiles.example.yml profiles.yml

node_modules/.package-lock.json: package-lock.json
	npm ci --no-fund --no-audit --loglevel=error
	@touch $@

demo: setup $(if $(filter azurite,$(BLOBS)),node_modules/.package-lock.json) ## run the whole pipeline; IMAGES=folder for your own images, BLOBS=azurite to use Azurite, TARGET=sqlserver to use the server that the environment names, ENGINE=spark to build the tables and upload with Apache Spark (needs Java 17 or later)
	$(BIN)/python -m demo.run --blobs $(BLOBS) --engine $(ENGINE) $(if $(TARGET),--target $(TARGET)) $(if $(IMAGES),--images "$(IMAGES)")

# Where this is set, each of hundreds of processes would compile the project again.
test: export PYTHONDONTWRITEBYTECODE =
test: setup node_modules/.package-lock.json ## run every test; those of dbt docs need Chromium or Chrome, and those of Spark need Java 17 or later; EXAMPLES=20 tries new generated data, and 20 times as much
	$(UV) sync --frozen --inexact --quiet --group browser $(if $(shell command -v java),--extra spark)
	$(BIN)/python -m pytest

bench: setup node_modules/.package-lock.json ## compare the uploader's speed with other programs; QUICK=1 for a quick estimate (needs nginx and wrk)
	$(UV) sync --frozen --inexact --quiet --group bench
	$(BIN)/python -m benchmarks.uploader $(if $(QUICK),--quick)

lint: setup ## check style, types and imports of Python, the style of SQL, the workflows and the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DUCKDB_PATH=:memory: DBT_TARGET_PATH=target/lint $(BIN)/sqlfluff lint models analyses tests/singular
	$(BIN)/zizmor --offline --no-progress --quiet --strict-collection .github infra/github-actions.yml
	$(BIN)/hadolint Dockerfile

# The judges have an environment of their own: theirs and ours need different versions of packages.
JUDGES := .venv/judges/bin
JUDGED := target/judges
AS_JUDGED := --quiet --target dev --target-path $(JUDGED)

.venv/judges/.ready: judges/requirements.txt | setup
	$(UV) venv --quiet --clear --python $(BIN)/python .venv/judges
	$(UV) pip install --quiet --python $(JUDGES)/python --require-hashes --requirements judges/requirements.txt
	@touch $@

judge: export DUCKDB_PATH = $(JUDGED)/paintings.duckdb
judge: .venv/judges/.ready ## have dbt-score, dbt-coverage and dbt-bouncer judge the models
	@mkdir -p $(JUDGED)
	$(BIN)/dbt run --empty $(AS_JUDGED)
	$(BIN)/dbt docs generate $(AS_JUDGED)
	$(JUDGES)/dbt-score lint --manifest $(JUDGED)/manifest.json --fail-project-under 9.5 --fail-any-item-under 8.5
	$(JUDGES)/dbt-coverage compute doc --run-artifacts-dir $(JUDGED) --cov-report $(JUDGED)/doc.json --cov-fail-under 1
	$(JUDGES)/dbt-coverage compute test --run-artifacts-dir $(JUDGED) --cov-report $(JUDGED)/test.json --cov-fail-under 0.7
	$(JUDGES)/dbt-coverage compute unit-test --run-artifacts-dir $(JUDGED) --cov-report $(JUDGED)/unit-test.json --cov-fail-under 1
	$(JUDGES)/dbt-bouncer run --config-file judges/dbt-bouncer.yml

format: setup ## rewrite Python and SQL in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	DUCKDB_PATH=:memory: DBT_TARGET_PATH=target/lint $(BIN)/sqlfluff fix models analyses tests/singular

# Everything made from your data stays: databases, blobs, tables and profiles.yml.
clean: ## remove everything that setup, tests, the demo and dbt made; your databases, blobs and profiles.yml stay
	rm -rf .venv node_modules target logs demo/output
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
