# make demo: the main job, small.  make test: every check.  Both set themselves up.

PYTHON ?= python3
SHELL := /bin/sh
BIN := .venv/bin

# Nothing of this checkout is importable as a bare `automata` or `kernels`.
export PYTHONSAFEPATH := 1
# Numba does not see a change in another file: compiled code is kept under the hash of all sources.
export NUMBA_CACHE_DIR := $(CURDIR)/.venv/numba/$(shell find . -path ./.venv -prune -o -name '*.py' -print | LC_ALL=C sort | xargs cat | sha256sum | cut -c1-16)

.PHONY: help demo test lint format types gpu bench clean

help:
	@echo "make demo    generate, train, evaluate and rank, in some minutes; writes demo/"
	@echo "make test    lint, types, tests, doctests"
	@echo "make lint, format, types, bench, gpu, clean"

.venv/.made:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if v >= (3, 11) else f"Krohn needs Python 3.11 or newer, $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	mkdir -p .venv/src && ln -sfn ../.. .venv/src/krohn
	touch $@

.venv/.base: .venv/.made pyproject.toml constraints.txt
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.tests: .venv/.base
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

demo: .venv/.base
	$(BIN)/krohn demo --output demo

test: lint types
	$(BIN)/pytest -n 2

lint: .venv/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.tests
	$(BIN)/mypy -p krohn
	$(BIN)/mypy --config-file tests/mypy.ini tests

bench: .venv/.tests
	for what in automata generators kernels; do $(BIN)/krohn bench $$what || exit; done

# Needs torch, numpy and a CUDA device only: nothing is installed.
gpu:
	mkdir -p build/gpu && ln -sfn ../.. build/gpu/krohn
	PYTHONPATH=build/gpu $(PYTHON) -m krohn.benchmarks.gpu

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
