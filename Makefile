# make demo      set everything up, grade the example submission into a PDF
# make serve     set everything up and run the service on this machine: page, API and workers
# make test      set everything up, run the checks and the tests (under 10 minutes)
# make test-long mutation, chaos, full data and attacks
# make docs      the guides as a site that needs no network: build/guides/index.html
# make bench     the benchmarks, on the embedded sample

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_READY := $(VENV)/.ready-for-tests
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
JOBS ?= 2

.PHONY: demo serve test test-long lint types contracts docs bench system clean help

help:
	@sed -n 's/^# //p' Makefile

demo: $(READY) system
	$(BIN)/grader check examples/hw1_108062999.ipynb --out .

serve: $(READY) system
	$(BIN)/grader serve $(SERVE)

test: $(TEST_READY) system lint types contracts
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not long"

test-long: $(TEST_READY) system
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m long

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TEST_READY)
	$(BIN)/mypy

contracts: $(TEST_READY)
	$(BIN)/lint-imports

docs: $(READY)
	@umask 022 && $(PIP) --editable ".[docs]"
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: $(TEST_READY)
	$(BIN)/python -m benchmarks.grading
	$(BIN)/python -m benchmarks.sandbox
	$(BIN)/python -m benchmarks.report
	$(BIN)/python -m benchmarks.service

# Others may read the packages: the sandbox's workers are not the user who installs them.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) tools/check_python.py
	@umask 022 && (test -x $(BIN)/python || $(PYTHON) -m venv $(VENV))
	@echo "Installing the pinned packages into $(VENV); torch is large, this takes a few minutes once."
	@umask 022 && $(PIP) --editable ".[student]"
	@touch $(READY)

$(TEST_READY): $(READY)
	@umask 022 && $(PIP) --editable ".[student,test]"
	@touch $(TEST_READY)

# Pango and bubblewrap, which are no Python packages.
system: $(READY)
	@$(BIN)/python tools/install_system_packages.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
