SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STUBS := src/cloudwright/aws/services.pyi

.PHONY: setup demo test check lint types format stubs schemas regions tables pictures docs constraints dist test-all test-lowest sweep chaos mutants bench bench-compare clean

setup: $(STAMP) $(STUBS)

$(VENV)/bin/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8"

$(STAMP): pyproject.toml constraints.txt | $(VENV)/bin/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --group dev --constraint constraints.txt --editable .
	touch $@

stubs: $(STUBS)

$(STUBS): src/cloudwright/schema/data/facts.pack $(wildcard tools/stubs/*.py src/cloudwright/schema/overrides/*.json) | $(STAMP)
	$(BIN)/python tools/stubs/build.py
	touch $@

demo: setup
	$(BIN)/cloudwright demo

test: setup
	# Tests start hundreds of programs, and each would compile the package anew.
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 3 --dist worksteal $(PYTEST_OPTIONS)

# All cases, of which `make test` takes a sample, on each Python from 3.11 on that stands on this machine; none is downloaded.
test-all: setup
	$(BIN)/python tools/test_all.py

# The oldest versions of the dependencies that pyproject.toml allows.
test-lowest: setup
	$(BIN)/python tools/test_all.py --lowest

dist: setup
	$(BIN)/python tools/dist.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy src tests
	# It looks for the package where the first Python on the path finds it.
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/basedpyright --verifytypes cloudwright --ignoreexternal

check: lint types test

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schemas: setup
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --group schemas
	$(BIN)/python tools/schemas/build.py

regions: setup
	$(BIN)/python tools/regions.py

tables: setup
	$(BIN)/python tools/pages/tables.py

pictures: setup
	$(BIN)/python tools/pages/pictures.py

docs: pictures
	$(BIN)/python tools/pages/build.py
	$(BIN)/zensical build --clean --strict
	$(BIN)/python tools/pages/markdown_pages.py

constraints: $(VENV)/bin/uv
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-annotate \
		--group dev --group schemas pyproject.toml -o constraints.txt

sweep: setup
	cd tests && PYTHONPATH=. ../$(BIN)/python -m sweep.run
	cd tests && PYTHONPATH=. ../$(BIN)/python -m sweep.identity
	cd tests && PYTHONPATH=. ../$(BIN)/python -m sweep.permissions

chaos: setup
	cd tests && ../$(BIN)/python -m fleet_chaos --database sqlite --seed 1 2 --strikes killed asleep "asked to end"
	cd tests && ../$(BIN)/python -m fleet_chaos --database postgresql --seed 3 4 --strikes killed asleep "asked to end"

mutants: setup
	$(BIN)/python tools/mutants/run.py $(MUTANTS)

bench: setup
	$(BIN)/python benchmarks/process/run.py
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/local_cloud.py

bench-compare: setup
	$(BIN)/python benchmarks/process/compare.py $(REF)

clean:
	rm -rf $(VENV) dist build
