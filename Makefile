# Everything runs in .venv, made here; nothing but Python 3.11+ with venv and make is needed beforehand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_FLAGS := --quiet --disable-pip-version-check --no-input

.PHONY: run test check format-check lint types fix eval bench reload pictures lock clean

run: $(VENV)/.installed        ## serve the web page and every configured channel
	@exec $(BIN)/wenbao serve

test: $(VENV)/.installed-dev   ## the whole test suite
	$(BIN)/python -m pytest

check: format-check lint types test   ## what CI runs

format-check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

fix: $(VENV)/.installed-dev    ## repair what can be repaired
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval: $(VENV)/.installed-dev   ## figures on the project's own labelled questions
	$(BIN)/python scripts/evaluate.py

bench: $(VENV)/.installed-dev  ## speed beside other retrieval libraries
	$(BIN)/python scripts/benchmark.py

reload: $(VENV)/.installed     ## rebuild the knowledge base from the shipped sources
	$(BIN)/python scripts/reload_knowledge.py

pictures: $(VENV)/.installed-dev   ## make the documents' pictures of chats again; needs chromium and fonts-noto-cjk
	$(BIN)/python scripts/render_chat.py all docs/images/chats.yaml

lock: $(VENV)/.installed-dev   ## write the versions in use to constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable --exclude wenbao | LC_ALL=C sort -f > constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@echo "Making $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say make PYTHON=/path/to/it")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing wenbao and what it needs (a minute on the first run) ..."
	@$(BIN)/python -m pip install $(PIP_FLAGS) -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing wenbao with its test tools (a minute or two on the first run) ..."
	@$(BIN)/python -m pip install $(PIP_FLAGS) -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed
