# Budkavle. `make run` starts everything, `make test` checks everything; both first install what
# they need into .venv and node_modules, from the package registries, without root.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Node's own npm where there is one, else the one that requirements/node.txt brings.
NPM := $(shell command -v npm || echo $(BIN)/npm)

MO := $(patsubst %.po,%.mo,$(wildcard console/translations/*/LC_MESSAGES/*.po))
RULES := $(wildcard console/*/rules.py console/*/operations.py console/*/operations/*.py \
	console/*/*_rules.py console/*/*_operations.py console/posts/queries.py) \
	console/accounts/absences.py console/guideline/pledges.py
COMPILE := --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --quiet

# An installation is several processes, and the tests start it dozens of times: what has been compiled
# is kept, also where the surroundings ask for the opposite.
unexport PYTHONDONTWRITEBYTECODE

# Outside the tree, so that it is installed once: compiling takes minutes.
PEERS := $(or $(BUDKAVLE_PEERS),$(HOME)/.cache/budkavle-peers)
INSTALLED := $(PEERS)/pds/node_modules/.package-lock.json $(PEERS)/synapse/installed.stamp \
	$(PEERS)/wordpress/installed.stamp

.DEFAULT_GOAL := help
.PHONY: help setup run test test-peers bench demo lint lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 19

setup: .venv/run.stamp node_modules/.package-lock.json $(MO) ## install what the console runs on

run: setup ## start the whole installation with example people; Ctrl-C stops it
	$(BIN)/budkavle up --example

test: setup .venv/dev.stamp ## run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-peers: setup .venv/dev.stamp $(INSTALLED) ## install platforms' own servers and test against them
	BUDKAVLE_PEERS="$(PEERS)" PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest tests/peers

lint: setup .venv/dev.stamp ## style, layout and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict --follow-imports silent channels simulators workers $(RULES)

bench: setup .venv/dev.stamp ## measure, each figure beside its floor, into bench/results.json
	$(BIN)/python -m bench

demo: setup ## play the water scenario through the real stack, into out/demo
	$(BIN)/budkavle rehearse console/example/scenarios.json --scenario 1 \
		--interval 5s --rounds 3 --out out/demo

lock: .venv/lock ## choose versions anew: requirements/*.in → *.txt, with hashes
	cd requirements && for name in run dev node; do \
		../.venv/lock/bin/uv pip compile --upgrade $(COMPILE) -o $$name.txt $$name.in || exit; \
	done
	cd tests/peers/synapse && "$(CURDIR)/.venv/lock/bin/uv" pip compile --upgrade $(COMPILE) \
		-o requirements.txt requirements.in

clean: ## remove what setup and tests made; the data in var/ stays
	rm -rf .venv node_modules console/web/static/vendor build out *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis $(MO)
	find . -name __pycache__ -prune -exec rm -rf {} +

# What setup makes. Each file is newer than what it was made from, so nothing is done twice.

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: requirements/dev.txt .venv/run.stamp
	$(PIP) --require-hashes -r requirements/dev.txt
	touch $@

.venv/bin/npm: requirements/node.txt | .venv/bin/python
	$(PIP) --require-hashes -r requirements/node.txt
	touch $@

.venv/lock: | .venv/bin/python
	$(BIN)/python -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet uv

# npm writes this file last.
node_modules/.package-lock.json: package-lock.json package.json console/web/assets.py $(filter .venv/%,$(NPM)) | .venv/run.stamp
	PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --silent
	$(BIN)/python -m console.web.assets
	touch $@

$(PEERS)/pds/node_modules/.package-lock.json: tests/peers/bluesky_pds/package-lock.json .npmrc $(filter .venv/%,$(NPM))
	mkdir -p "$(PEERS)/pds"
	cp tests/peers/bluesky_pds/package.json tests/peers/bluesky_pds/package-lock.json .npmrc "$(PEERS)/pds/"
	PATH="$(CURDIR)/$(BIN):$$PATH" $(NPM) ci --silent --prefix "$(PEERS)/pds"
	touch "$@"

# In an environment of its own: what it needs is nothing of ours.
$(PEERS)/synapse/installed.stamp: tests/peers/synapse/requirements.txt
	rm -rf "$(PEERS)/synapse"
	$(PYTHON) -m venv "$(PEERS)/synapse"
	"$(PEERS)/synapse/bin/python" -m pip install --quiet --disable-pip-version-check \
		--require-hashes -r tests/peers/synapse/requirements.txt
	touch "$@"

$(PEERS)/wordpress/installed.stamp: tests/peers/wordpress/install.py
	rm -rf "$(PEERS)/wordpress"
	mkdir -p "$(PEERS)/wordpress"
	$(PYTHON) tests/peers/wordpress/install.py "$(PEERS)/wordpress"
	touch "$@"

%.mo: %.po | .venv/run.stamp
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ \
		--locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
