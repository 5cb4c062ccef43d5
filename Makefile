# A fresh clone needs Python 3.10 or newer and its package index; everything else goes into $(VENV).
#   make demo PYTHON=python3.12                       another interpreter
#   make test PIP_FLAGS='--index-url URL'             another package index, e.g. one with CPU builds of torch
#   make test PYTEST_FLAGS='tests/test_packaging.py'  some of the tests
PYTHON ?= python3
VENV ?= .venv
PIP_FLAGS ?=
PYTEST_FLAGS ?=

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CONSTRAINTS := requirements/constraints.txt

.PHONY: help install demo test lint format clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo     install, fetch Fashion-MNIST, pre-train, evaluate, and save plots'
	@echo 'make test     install, and run the tests'
	@echo 'make install  create $(VENV) with mmcl and the tested versions of what it needs'
	@echo 'make lint     check style; make format mends what a tool can mend'
	@echo 'make clean    remove $(VENV), builds and caches; data/ and work_dirs/ stay'

install: $(INSTALLED)

# The stamp is written last: an install that failed half-way is tried again.
$(INSTALLED): setup.py pyproject.toml $(wildcard requirements/*.txt)
	@command -v '$(PYTHON)' > /dev/null || { \
		echo "error: there is no '$(PYTHON)'. mmcl needs Python 3.10 or newer: make PYTHON=/path/to/python3 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "error: '$(PYTHON)' is $$($(PYTHON) -V 2>&1). mmcl needs Python 3.10 or newer: make PYTHON=/path/to/python3 ..." >&2; \
		exit 2; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "error: '$(PYTHON)' cannot create $(VENV). On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install $(PIP_FLAGS) -c $(CONSTRAINTS) -e '.[tests]'
	@$(BIN)/python -c 'import cv2' 2> /dev/null || { \
		echo 'OpenCV found no display libraries here: taking its build that needs none'; \
		$(BIN)/python -m pip install $(PIP_FLAGS) -c $(CONSTRAINTS) --no-deps --force-reinstall opencv-python-headless; }
	@touch $@

demo: $(INSTALLED)
	$(BIN)/python tools/prepare_fashion_mnist.py
	$(BIN)/python tools/demo.py

test: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_FLAGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist mmcl.egg-info mmcl/.mim .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
