# make run: open Typiscope on its demo. make test: everything CI checks.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench clean

run: .venv/installed
	$(BIN)/python -m core demo draw
	$(BIN)/streamlit run app.py

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

bench: .venv/installed
	$(BIN)/python benchmarks/estimators.py --json > benchmarks/estimators.json
	$(BIN)/python benchmarks/racing.py --json > benchmarks/racing.json
	$(BIN)/python benchmarks/against_paper_procedure.py --json > benchmarks/against_paper_procedure.json
	$(BIN)/python benchmarks/translate.py --json > benchmarks/translate.json
	$(BIN)/python benchmarks/translation_passes.py --json > benchmarks/translation_passes.json

.venv/installed: requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q -r requirements.txt
	touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q -r requirements-dev.txt
	touch $@ .venv/installed

clean:
	rm -rf .venv
