# Everything a developer, a machine to try it on and continuous integration need. `make help` lists it.
# Needed beforehand: python3 (with venv), make, and a package registry within reach.

STATE_DIR ?= var
PORT ?= 8000
SANDBOX_PORT ?= 9100
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)
ARGS ?=
export STATE_DIR PORT SANDBOX_PORT

# Python keeps its bytecode: without it every process compiles all it imports anew, 2 of 4 seconds.
export PYTHONDONTWRITEBYTECODE :=
# uv trusts what the system trusts, also behind a company's own certificate authority.
export UV_SYSTEM_CERTS := true
export UV_NO_PROGRESS := true

PYTHON := .venv/bin/python
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
APPS := core accounts billing generation gallery api config manage.py

.DEFAULT_GOAL := help
.PHONY: help run test proofs check bench footprint chaos cluster drill environment format requirements clean
# Tests of one xdist_group share a process, since what they share costs half a minute to start.
PYTEST := $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/base.stamp ## everything on http://127.0.0.1:8000; Ctrl-C ends all of it (STATE_DIR, PORT, SANDBOX_PORT for a second copy)
	@exec $(PYTHON) -m config.local.supervisor

test: .venv/dev.stamp ## the suite with one run of each browser journey (ARGS="tests/billing -x" for a part)
	@CHROMIUM="$$(.ci/chromium)" PGBOUNCER="$$(.ci/pgbouncer)" exec $(PYTEST) -m "not proof" $(ARGS)

proofs: .venv/dev.stamp ## the rest of the suite: what takes long by nature (ARGS as for test)
	@CHROMIUM="$$(.ci/chromium)" PGBOUNCER="$$(.ci/pgbouncer)" exec env $$(.ci/machines) $(PYTEST) -m proof $(ARGS)

check: .venv/dev.stamp ## format, lint, types, import directions, templates, scripts, migrations, deployment, vulnerabilities
	@exec .ci/check $(APPS)

bench: .venv/dev.stamp ## the speed claims, each beside its anchor in the same run; writes var/bench.json
	@exec $(PYTHON) -m bench $(ARGS)

footprint: .venv/dev.stamp ## memory and CPU of the whole product, idle and at five images a second; writes var/footprint.json
	@exec $(PYTHON) -m bench.footprint

chaos: .venv/dev.stamp ## kills, races and faults; ends with one line of counts
	@FAKETIME_LIBRARY="$$(case "$$CHAOS" in *clocks*) .ci/faketime ;; esac)" exec $(PYTHON) -m tests.faults.chaos

cluster: .venv/dev.stamp ## several machines on one, killed, cut and restarted while they work; ends with one line of counts
	@CHROMIUM="$$(.ci/chromium)" PGBOUNCER="$$(.ci/pgbouncer)" exec env $$(.ci/machines) $(PYTHON) -m tests.faults.cluster

drill: .venv/dev.stamp ## an hour with Stripe's own test mode; needs STRIPE_SECRET_KEY=sk_test_…
	@exec $(PYTHON) -m tests.drill

environment: .venv/dev.stamp ## .venv with all that running, testing and checking needs

format: .venv/dev.stamp ## put the code into shape
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format . ; .venv/bin/oxfmt static/js tests/js

requirements: $(UV) ## pin requirements/*.txt anew from requirements/*.in
	@for name in tools base dev; do \
		$(UV) pip compile --quiet --no-header --python-version 3.13 --generate-hashes --no-emit-index-url \
			--upgrade --output-file requirements/$$name.txt requirements/$$name.in; \
	done

clean: ## remove the environment; what is in STATE_DIR stays
	@rm -rf .venv .tools

# An environment that is a link belongs to somebody else: it is used as it is.
ifeq ($(shell test -L .venv && echo link),link)
.venv/base.stamp .venv/dev.stamp:
	@true
else
.venv/base.stamp: requirements/base.txt | .venv/pyvenv.cfg
	@$(UV) pip install --quiet --require-hashes --python $(PYTHON) --requirement $<
	@touch $@

.venv/dev.stamp: requirements/dev.txt requirements/base.txt | .venv/pyvenv.cfg
	@$(UV) pip sync --quiet --require-hashes --python $(PYTHON) $<
	@touch .venv/base.stamp $@

# A Python 3.13 that is on this machine (pyenv's too) comes first; only without one does uv fetch its own.
.venv/pyvenv.cfg: .python-version | $(UV)
	@$(UV) venv --quiet --clear --no-managed-python .venv 2>/dev/null || $(UV) venv --quiet --clear .venv
endif

# Made from outside this folder: .python-version would ask pyenv for 3.13, and any Python can hold uv.
.tools/bin/uv: requirements/tools.txt
	@here="$(CURDIR)"; cd / && python3 -m venv --clear "$$here/.tools" \
		&& "$$here/.tools/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes \
			--requirement "$$here/requirements/tools.txt" && touch "$$here/.tools/bin/uv"
