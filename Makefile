# make figures: every figure from nothing.  make test: the tests.  Each sets up .venv by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Small matrices: one BLAS thread each, the cores go to parallel jobs. The malloc limits stop numpy's temporaries from being
# handed back to the system and faulted in again at every step.
export OPENBLAS_NUM_THREADS := 1
export MALLOC_TRIM_THRESHOLD_ := 268435456
export MALLOC_MMAP_THRESHOLD_ := 268435456

LIBRARY := $(shell find lab -name '*.py') lab/data/digits.csv.gz
# in rooms, experiments/bases/geodesic.py; results and pictures are named after the file alone
NAMED := -name '*.py' -not -name '_*' -not -path '*/.*'
EXPERIMENTS := $(shell find experiments $(NAMED))
FIGURES := $(shell find figures $(NAMED))
result = experiments/results/$(basename $(notdir $1)).npz
picture = figures/output/$(basename $(notdir $1)).png
RESULTS := $(foreach file,$(EXPERIMENTS),$(call result,$(file)))
PICTURES := $(foreach file,$(FIGURES),$(call picture,$(file)))

.PHONY: setup figures results all-figures all-results test mutants lint claims docs clean
.DELETE_ON_ERROR:

setup: $(VENV)/ready

# An environment knows its folder and its Python: it is made anew in a checkout that was copied or moved, when its Python is gone or has
# changed, and when another one is asked for by name.
ASKED := $(if $(filter file,$(origin PYTHON)),$(BIN)/python,$(PYTHON))
MADE_FOR := $(CURDIR), $(shell ($(ASKED) -V) 2>/dev/null)
ifneq ($(MADE_FOR),$(shell cat $(VENV)/ready 2>/dev/null))
.PHONY: $(VENV)/ready
endif
$(VENV)/ready: pyproject.toml constraints.txt
	@sh .ci/setup '$(PYTHON)' $(VENV)
	@echo "$(CURDIR), $$($(BIN)/python -V)" > $@

# One job per core unless make was told how many.
JOBS := $(shell nproc 2>/dev/null || echo 2)
figures results: setup
	@$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS)) all-$@

all-figures: $(PICTURES)

all-results: $(RESULTS)

# each picture is made from its own file, and each result
$(foreach file,$(FIGURES),$(eval $(call picture,$(file)): $(file)))
$(foreach file,$(EXPERIMENTS),$(eval $(call result,$(file)): $(file)))

figures/output/%.png: experiments/results/%.npz | $(VENV)/ready
	@$(BIN)/python -m lab draw $*

experiments/results/%.npz: $(LIBRARY) | $(VENV)/ready
	@$(BIN)/python -m lab run $*

# whole files per process, in the order of tests/conftest.py: the tests of a file share what it has computed
test: $(VENV)/ready
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

mutants: $(VENV)/ready
	$(BIN)/python -m pytest -n 2 -m mutants

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy

claims: $(VENV)/ready
	@$(BIN)/python -m lab claims

# the API reference, from the docstrings, to docs/api/
docs: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	@$(BIN)/python .ci/docs.py

clean:
	rm -rf experiments/results $(filter-out figures/output/block_covariance.png,$(wildcard figures/output/*)) build dist docs/api *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
