# Needs only Python 3.11+ and make. Everything else comes from requirements.lock into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ORDERS ?= 25
SEED   ?= 7
STORE  ?= bigcommerce
ERP    ?= syspro

.PHONY: demo test faults check lint types imports audit lock clean

demo: $(VENV)/installed
	$(BIN)/tillbridge demo --store $(STORE) --erp $(ERP) --orders $(ORDERS) --seed $(SEED) $(if $(STAY),--stay)

test: $(VENV)/installed
	$(BIN)/python -m pytest

# Every outside call under every fault; a run that was cut short goes on where it stopped.
faults: $(VENV)/installed
	$(BIN)/tillbridge faults --erp $(ERP) --report docs/reliability.md

check: lint types imports audit

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed
	$(BIN)/basedpyright

imports: $(VENV)/installed
	$(BIN)/lint-imports

audit: $(VENV)/installed
	$(BIN)/python deploy/audit.py

# The stamp is newer than the lock file: a second run installs nothing and starts at once.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Tillbridge needs Python 3.11 or newer; set PYTHON=/path/to/it." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Resolves anew for every platform; the lock file names no index and no path.
lock:
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock --upgrade

clean:
	rm -rf $(VENV) var .ruff_cache .hypothesis
