# Two commands are all a newcomer needs: make demo, make test.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
SCRIPTS := actions/setup.py scripts/demo scripts/make-actions scripts/make-reference scripts/make-pictures scripts/make-hooks
LOCKS := requirements/build.txt requirements/dev.txt
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup provision hosts hosts-stop demo demo-clean check unit integration e2e test bench docs lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.complete ## .venv with headgate and its development tools, from the hashed requirements

.venv/.complete: $(LOCKS) pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/build.txt
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python $(LOCKS)
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

provision: setup ## a container engine, a builder, base images and a registry, where they are missing
	scripts/provision

hosts: ## three deployment hosts to try things on, each with an engine and an sshd (HEADGATE_LAB_HOSTS: up to 10)
	scripts/provision hosts
	@scripts/provision --hosts

hosts-stop: ## end them; what was deployed there comes up again with them
	scripts/provision --stop-hosts

check: setup ## formatting, lint, types, import contracts, generated pages
	$(BIN)/ruff format --check cli hooks tests $(SCRIPTS)
	$(BIN)/ruff check cli hooks tests $(SCRIPTS)
	$(BIN)/mypy
	$(BIN)/mypy actions/setup.py
	$(BIN)/lint-imports
	$(BIN)/shellcheck --exclude=SC1091 scripts/lock scripts/provision scripts/lab/host scripts/lab/*.sh tests/support/lent_engines/*.sh actions/setup.sh .ci/run
	$(BIN)/python scripts/make-reference --check
	$(BIN)/python scripts/make-actions --check
	$(BIN)/python scripts/make-hooks --check
	$(BIN)/python scripts/make-pictures --check

unit: setup ## tests without network and without other programs
	$(BIN)/pytest tests/unit -q -n auto

integration: setup ## tests with real git, DVC, MLflow and a browser
	scripts/provision browser
	$(BIN)/pytest tests/integration -q -n auto --dist loadfile

e2e: provision ## tests with a real container engine, registry, proxy and deployment hosts
	scripts/provision hosts
	eval "$$(scripts/provision --env)" && log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
	{ $(BIN)/pytest tests/e2e/hosts tests/e2e/actions -q >"$$log" 2>&1 & } && \
	if $(BIN)/pytest tests/e2e/deploy tests/e2e/image tests/e2e/release -q; then here=0; else here=1; fi; \
	if wait $$!; then there=0; else there=1; fi; cat "$$log"; exit $$((here + there))

test: check unit integration e2e ## everything CI runs

demo: provision ## a first release, a better one, a refused one, a rollback, verified
	eval "$$(scripts/provision --env)" && $(BIN)/python scripts/demo

demo-clean: ## remove everything the demo made
	[ ! -d .venv ] || $(BIN)/python scripts/demo --clean

bench: provision ## the bars, measured side by side
	eval "$$(scripts/provision --env)" && $(BIN)/python -m benchmarks

docs: setup ## regenerate the reference pages, the actions, the hooks' manifest and the pictures
	$(BIN)/python scripts/make-reference
	$(BIN)/python scripts/make-actions
	$(BIN)/python scripts/make-hooks
	$(BIN)/python scripts/make-pictures

lock: setup ## write the hashed requirement files again
	scripts/lock

clean: demo-clean ## remove the demo, the environment and what provisioning started
	-scripts/provision --clean
	rm -rf .venv
