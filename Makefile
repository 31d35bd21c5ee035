# heedful: `make run` serves it, `make test` runs all tests; both set up what they need first.
# The first Python here that is new enough; `make PYTHON=…` names another.
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$name" $(NEW_ENOUGH) 2>/dev/null && echo "$$name" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
# Two processes, each with whole files, the slow ones first: half the tests wait for servers, browsers and pauses.
ALL_TESTS := $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
READY := $(VENV)/.ready

.PHONY: run test check fix bench soak docs setup clean

$(READY): pyproject.toml
	@$(or $(PYTHON),false) $(NEW_ENOUGH) 2>/dev/null || \
		{ echo "heedful needs Python 3.11 or newer$(PYTHON:%=, and % is none). Install one, or name it: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) can't make environments: its venv is a package of its own here (apt-get install python3-venv)." >&2; exit 1; }
	@echo "Setting up $(VENV): about 100 packages, a minute or two, once …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(READY)

setup: $(READY)

# The first start fetches the English embedding weights (80 MB) and reads the sample help centre.
run: $(READY)
	$(BIN)/heedful serve --demo --setup

# The image alone takes a minute or two; `.venv/bin/pytest -m "not image and not soak"` leaves it out.
test: $(READY)
	$(ALL_TESTS)

soak: $(READY)
	$(BIN)/pytest -m soak

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(ALL_TESTS)

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks

# docs/guard.md is made from the guard's own cases, each of them decided anew.
docs: $(READY)
	$(BIN)/python docs/make_guard.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis dist build
