# Two commands do everything: `make run` starts the alliance, `make test` proves it.
# Every step of the set-up leaves a stamp, so that a second run repeats only what has changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
STAMPS := .stamps
QUIETLY := scripts/quietly
# One more than the cores of the smallest machine that the tests are meant for: they often wait for browsers and disks.
TEST_WORKERS ?= 3
SOAK_MINUTES ?= 30
# Narrow a run: make test TESTS="tests/points -k daily_cap"
TESTS ?= tests

PAGE_SOURCES := $(shell find frontend -type f 2>/dev/null) package.json
CATALOGUES := $(shell find translations -name '*.po' 2>/dev/null)
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-emit-index-url --no-header

.PHONY: help
help: ## List the targets (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: $(STAMPS)/runtime $(STAMPS)/pages $(STAMPS)/translations ## Set everything up and start the alliance on port 8000
	@exec $(BIN)/python -m alliance start

.PHONY: test
test: $(STAMPS)/development $(STAMPS)/pages $(STAMPS)/translations system-packages ## Set everything up and run all tests
	@exec $(BIN)/python -m pytest --quiet --numprocesses=$(TEST_WORKERS) --dist=worksteal $(TESTS)

.PHONY: bench
bench: $(STAMPS)/development $(STAMPS)/pages $(STAMPS)/translations postgresql ## Measure scans, payments, leaderboards and a month of settlement against the bare driver
	@exec $(BIN)/python -m bench

.PHONY: soak
soak: $(STAMPS)/development $(STAMPS)/pages $(STAMPS)/translations postgresql ## Races, bad lines and power cuts for SOAK_MINUTES, then check the books
	@exec $(BIN)/python -m bench.soak --minutes $(SOAK_MINUTES)

.PHONY: lint
lint: $(STAMPS)/development ## Check style, types and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/djlint --quiet --lint templates

.PHONY: lock
lock: $(STAMPS)/venv ## Choose the newest allowed versions and write the lock files anew
	@$(QUIETLY) "Installing uv" $(BIN)/python -m pip install --quiet uv
	@$(UV_COMPILE) --upgrade pyproject.toml --output-file requirements.lock
	@$(UV_COMPILE) --upgrade --group pyproject.toml:dev pyproject.toml --output-file requirements-dev.lock
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

.PHONY: messages
messages: $(STAMPS)/development ## Collect the sentences of code and templates into the translation catalogues
	@$(BIN)/pybabel --quiet extract --mapping-file=babel.cfg --keywords=_lazy --no-location --sort-output --no-wrap \
		--omit-header --output-file=$(STAMPS)/messages.pot .
	@for catalogue in translations/*/LC_MESSAGES/messages.po; do \
		$(BIN)/pybabel --quiet update --input-file=$(STAMPS)/messages.pot --output-file=$$catalogue \
			--locale=$$(basename $$(dirname $$(dirname $$catalogue))) \
			--no-fuzzy-matching --no-wrap --ignore-obsolete; \
		sed -i -E '/^"(POT-Creation|PO-Revision|Last-Translator|Language-Team|Report-Msgid|Generated-By)/d' $$catalogue; \
	done
	@$(MAKE) --no-print-directory $(STAMPS)/translations

.PHONY: screenshots
screenshots: $(STAMPS)/development $(STAMPS)/pages $(STAMPS)/translations system-packages ## Take the pictures of the README anew
	@$(BIN)/python -m pytest --quiet tests/journeys/test_round_before_the_camera.py tests/journeys/test_points_are_spent.py
	@for picture in home result leaderboard wall counter payment shelf settlement; do \
		cp artefacts/$$picture.png docs/screenshots/; \
	done

.PHONY: clean
clean: ## Remove everything that was made here, but never the data under instance/
	@rm -rf $(STAMPS) .venv node_modules static/dist fonts artefacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find translations -name '*.mo' -delete

$(STAMPS)/venv: scripts/make-venv
	@mkdir -p $(STAMPS)
	@scripts/make-venv
	@touch $@

$(STAMPS)/runtime: requirements.lock $(STAMPS)/venv
	@$(QUIETLY) "Installing Python packages" $(BIN)/python -m pip install --require-hashes --requirement requirements.lock
	@touch $@

# The development list contains the runtime list, so one installation serves both.
$(STAMPS)/development: requirements-dev.lock requirements.lock $(STAMPS)/venv
	@$(QUIETLY) "Installing Python packages" $(BIN)/python -m pip install --require-hashes --requirement requirements-dev.lock
	@touch $(STAMPS)/runtime $@

$(STAMPS)/node: package-lock.json package.json
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo "Node.js with npm is needed: install the packages nodejs and npm." >&2; exit 1; }
	@$(QUIETLY) "Installing page libraries" npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(STAMPS)/pages: $(STAMPS)/node $(PAGE_SOURCES)
	@$(QUIETLY) "Building pages" node frontend/build.mjs
	@touch $@

$(STAMPS)/translations: $(CATALOGUES) | $(STAMPS)/runtime
	@mkdir -p translations
	@$(QUIETLY) "Compiling translations" $(BIN)/pybabel compile --directory=translations
	@touch $@

# No stamps: a browser may be taken away from the machine again, and looking for it costs nothing.
.PHONY: system-packages postgresql
system-packages:
	@scripts/system-packages browser postgresql
postgresql:
	@scripts/system-packages $@
