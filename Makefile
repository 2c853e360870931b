# Everything runs in the project's own .venv, made from the pins of constraints.txt.
# Another interpreter: make run PYTHON=python3.13

PYTHON ?= python3
SCENARIO ?= scenarios/growth.yaml
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test check slow validate bench docs results mistakes studies rosters pictures clean

run: $(VENV)/.run
	$(BIN)/supportsim run $(SCENARIO)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m slow

validate: $(VENV)/.dev
	$(BIN)/python scripts/validate.py

bench: $(VENV)/.bench
	$(BIN)/python scripts/bench/reference.py

docs: $(VENV)/.dev
	$(BIN)/python scripts/make_docs.py

results: $(VENV)/.dev
	$(BIN)/python scripts/make_results.py

mistakes: $(VENV)/.dev
	$(BIN)/python scripts/make_mistakes.py

studies: $(VENV)/.dev
	$(BIN)/python scripts/make_studies.py

rosters: $(VENV)/.dev
	$(BIN)/python scripts/compare_rosters.py

pictures: $(VENV)/.dev
	$(BIN)/python scripts/make_pictures.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find sim tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf sim/*.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "supportsim needs Python 3.11 or newer, and $(PYTHON) is none. Name one: make run PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e '.[dev,bench]'
	@touch $@ $(VENV)/.run $(VENV)/.dev
