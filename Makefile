# Rateproof. `make` alone lists the targets; GNU make 3.81 or newer.

PYTHON     ?= python3
VENV       ?= .venv
VENV_FLAGS ?=
TORCH      ?= torch==2.13.0
ARGS       ?=
JOBS       ?= auto

ifeq ($(strip $(VENV)),)
$(error VENV is empty: name the folder of the environment, for example VENV=.venv)
endif

PY    := $(VENV)/bin/python
PIP   := $(PY) -m pip --disable-pip-version-check
STAMP := $(VENV)/.rateproof-installed

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11) and \
  "rateproof needs Python 3.11 or newer, but %s is Python %d.%d: name a newer one, as in make PYTHON=python3.11" \
  % (sys.executable, sys.version_info[0], sys.version_info[1]))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help env checks quick full torch test coq bench trust report lint clean FORCE

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PYTHON=python3          the Python that the environment is made with, 3.11 or newer"
	@echo "  VENV=.venv              the environment; one that exists already is used as it is"
	@echo "  VENV_FLAGS=             flags for a new environment, as --system-site-packages"
	@echo "  TORCH=torch==2.13.0     the PyTorch to install, as pip spells it; empty: use the one that is there"
	@echo "  JOBS=auto               processes for the tests; 0: one, in which a debugger works"
	@echo "  ARGS=                   more arguments for pytest, as ARGS='-k saga'"

env: $(STAMP) ## make the environment and install everything into it

checks: $(STAMP) ## put every theorem on trial (standard profile), then build the report
quick: $(STAMP) ## the same with the quick profile
full: $(STAMP) ## the same with the full profile

checks: PROFILE := standard
quick: PROFILE := quick
full: PROFILE := full

# A refuted theorem is a result: the report is built in any case, and the status of pytest is kept.
checks quick full:
	@echo "rateproof: checking the theorems, $(PROFILE) profile"
	@status=0; \
	$(PY) -m pytest checks/ --profile $(PROFILE) $(ARGS) || status=$$?; \
	echo "rateproof: building the report"; \
	$(PY) -m report || { code=$$?; test $$status -ne 0 || status=$$code; }; \
	exit $$status

# The evidence of another backend is kept apart from the report's.
torch: $(STAMP) ## one theorem for every method again, on the torch backend
	@echo "rateproof: checking a subset on torch"
	@$(PY) -m pytest checks/ --backend torch --profile quick --one-per-method --results build/torch $(ARGS)

test: $(STAMP) ## run the tests of the suite's own code
	@echo "rateproof: running the tests"
	@$(PY) -m pytest tests/ -n $(JOBS) --dist worksteal $(ARGS)

coq: $(STAMP) ## have a second judge re-check the proofs: Debian's coq 8.16 (some minutes)
	@echo "rateproof: exporting the certificates to build/coq, and compiling them"
	@$(PY) -m checks.proofs export --coq build/coq --compile

trust: $(STAMP) ## put the gates of the tests on trial: false alarms, broken solvers (some minutes)
	@echo "rateproof: putting the code on trial"
	@$(PY) -m checks trust
	@$(PY) -m pytest tests/ -m long -n $(JOBS) $(ARGS)

bench: $(STAMP) ## install the programs to compare with, and run the benchmarks (some minutes)
	@echo "rateproof: installing the programs that the benchmarks compare with"
	@$(PIP) install -q -e '.[test,bench]' -c $(VENV)/rateproof-constraints.txt
	@echo "rateproof: running the benchmarks"
	@$(PY) -m pytest tests/benchmarks $(ARGS)

report: $(STAMP) ## build the report from the stored evidence, into build/report/
	@echo "rateproof: building the report"
	@$(PY) -m report

lint: $(STAMP) ## check style, types and the direction of imports
	@echo "rateproof: ruff"
	@$(PY) -m ruff check .
	@echo "rateproof: mypy"
	@$(PY) -m mypy
	@echo "rateproof: import-linter"
	@$(VENV)/bin/lint-imports

clean: ## remove what was built and cached; the environment stays
	rm -rf build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find solvers theorems checks report tests -type d -name __pycache__ -prune -exec rm -rf {} +

$(PY):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "rateproof: $(PYTHON) was not found: name a Python 3.11 or newer, as in make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)'
	@echo "rateproof: making the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV_FLAGS) $(VENV) || { rm -f $(PY); exit 1; }

# Rewritten only when TORCH changes, so that another TORCH installs again.
$(VENV)/.rateproof-torch: FORCE | $(PY)
	@echo '$(TORCH)' | cmp -s - $@ || echo '$(TORCH)' > $@

# torch comes first and is then held: nothing that is installed after it may replace it.
$(STAMP): pyproject.toml constraints.txt $(VENV)/.rateproof-torch | $(PY)
	@$(PY) -c '$(NEW_ENOUGH)'
	@grep -v '^torch==' constraints.txt > $(VENV)/rateproof-constraints.txt
ifeq ($(strip $(TORCH)),)
	@$(PY) -c 'import torch' 2>/dev/null || { \
	  echo "rateproof: TORCH is empty, but $(PY) cannot import torch: set TORCH, or set VENV to an environment that has it" >&2; exit 1; }
	@echo "rateproof: using the torch that is installed"
else
	@echo "rateproof: installing $(TORCH) into $(VENV) (large, once)"
	@$(PIP) install '$(TORCH)' -c $(VENV)/rateproof-constraints.txt
endif
	@$(PY) -c 'from importlib.metadata import version; print("torch==" + version("torch"))' \
	  >> $(VENV)/rateproof-constraints.txt
	@echo "rateproof: installing the suite and its tools into $(VENV)"
	@$(PIP) install -e '.[test,dev]' -c $(VENV)/rateproof-constraints.txt
	@touch $@
