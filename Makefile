# `make` alone prints this file's targets. Needs Python >= 3.11 and make; everything else is installed into .venv and .cache.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
ARGS ?=
APT := $(shell test "$$(id -u)" = 0 && command -v apt-get)

export DEBUG ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup run manage test test-all check format bench clean

help: ## show this help
	@echo "A hosted-PBX portal. First 'make run', then http://localhost:8000"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  ARGS=\"...\" chooses a part:  make test ARGS=\"tests/tenants/schedules -k red_days\""

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed, and $(PYTHON) is older. Choose one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: apt-get install python3-venv"; exit 1; }

.venv/.run: requirements.txt requirements-local.txt | .venv/bin/python
	@echo "installing what the portal needs into .venv"
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.txt -r requirements-local.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.run
	@echo "installing the tools of tests and checks into .venv"
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/.debian: tests/debian-packages.txt | .venv/bin/python
	@missing=$$(grep -v '^#' $< | while read -r package; do \
		dpkg-query -W -f '$${Status}\n' "$$package" 2>/dev/null | grep -q 'ok installed' || echo "$$package"; done); \
	if [ -n "$$missing" ] && [ -n "$(APT)" ]; then \
		echo "installing for the tests:" $$missing; \
		$(APT) -q update >/dev/null; \
		DEBIAN_FRONTEND=noninteractive $(APT) -q -y --no-install-recommends install $$missing >/dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "tests that need them will be skipped; as root: apt-get install" $$missing; exit 0; \
	fi
	@touch $@

setup: .venv/.dev .venv/.debian ## install everything, tools and test programs included
	@$(PY) -m portal.stack build

run: .venv/.run ## start the product with the demo company; Ctrl-C ends it
	@exec $(PY) -m portal.stack run $(ARGS)

manage: .venv/.run ## a management command in the environment of `make run`: ARGS="shell"
	@exec $(PY) -m portal.stack manage $(ARGS)

# Playwright keeps an event loop in its process, which tests with a loop of their own do not bear; and the journeys listen
# to real calls, which a machine busy with other browsers would spoil: each has a run of its own. What is not in a browser
# waits for services half of the time, so three share two cores.
PYTEST := $(PY) -m pytest -n 2 --dist loadgroup

test: setup ## fast tests, services and one Asterisk; about ten minutes on two cores
ifneq ($(ARGS),)
	@$(PY) -m pytest -m "not slow and not samba" $(ARGS)
else
	@$(PYTEST) -n 3 -m "not slow and not samba and not browser"
	@$(PYTEST) -m "browser and not slow and not samba" --ignore=tests/journeys
	@$(PY) -m pytest -m "not slow and not samba" tests/journeys
endif

test-all: $(if $(ARGS),setup,test) ## everything, with the long and the heavy
ifneq ($(ARGS),)
	@$(PY) -m pytest $(ARGS)
else
	@$(PYTEST) -m "(slow or samba) and not browser"
	@$(PYTEST) -m "slow and browser" --ignore=tests/journeys
	@$(PY) -m pytest -m slow tests/journeys
endif

check: setup ## style, types, walls, templates, migrations, translations
	@$(PY) -m tests.house.check $(ARGS)

format: .venv/.dev ## let ruff write the style
	@$(BIN)/ruff check -q --fix-only .
	@$(BIN)/ruff format -q .

bench: setup ## measure; one line a figure, all of them in bench/latest.json
	@$(PY) -m bench $(ARGS)

clean: ## remove all that was made here: .venv, .cache, .dev, built files
	@if [ -x $(PY) ] && [ -d .dev ]; then $(PY) -m portal.stack forget; fi
	@rm -rf .venv .cache .dev portal/static/dist frontend/node_modules bench/latest.json
