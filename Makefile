# The two commands of the README are `make run` and `make test`; each installs what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: run run-full browser test check audit coverage bench lock clean

$(VENV)/run.stamp: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/full.stamp: $(VENV)/run.stamp requirements-full.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-full.lock
	touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

run: $(VENV)/run.stamp  ## start the line with the simulated carrier, on an SQLite database
	PORT=$(PORT) $(BIN)/ivr demo

run-full: $(VENV)/full.stamp  ## the same in the shape of production: PostgreSQL, Redis, several processes
	PORT=$(PORT) $(BIN)/ivr run-full

# The pages are tested in a real browser: Debian's, installed where there is none.
browser:
	@command -v chromium >/dev/null || { \
		root=; test "$$(id -u)" = 0 || root=sudo; \
		$$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	}

test: $(VENV)/dev.stamp browser  ## run every test
	$(BIN)/python -m pytest -n 3 --dist loadgroup

coverage: $(VENV)/dev.stamp  ## how much of the conversations, the business and the edge their own tests reach
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup --cov --cov-report=term \
		tests/dialogue tests/aftersales tests/telephony tests/callflows tests/switchboard

# Ends with 1 if an advisory was found, with 3 where the service of advisories cannot be asked.
AUDIT = $(BIN)/python -m tests.project.advisories requirements*.lock

check: $(VENV)/dev.stamp  ## what the code must look like
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(AUDIT) || test $$? -eq 3

audit: $(VENV)/dev.stamp  ## whether a locked package is known to be vulnerable
	$(AUDIT)

bench: $(VENV)/dev.stamp  ## what a webhook costs, against the floor of the same run
	$(BIN)/python -m tests.bench

lock: $(VENV)/dev.stamp  ## pin dependencies anew
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --universal --python-version 3.11 pyproject.toml --extra build -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --universal --python-version 3.11 pyproject.toml --extra build --extra full -o requirements-full.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --universal --python-version 3.11 pyproject.toml --extra build --extra dev -o requirements-dev.lock

clean:  ## forget the demonstration's data
	rm -rf var
