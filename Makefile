# One verb, one target. `make help` lists them.
VENV ?= .venv
PY   := $(VENV)/bin/python
# uv does not read pip's settings: hand it pip's folder of local wheels, where there is one.
FIND := $(or $(PIP_FIND_LINKS),$(shell python3 -m pip config get global.find-links 2>/dev/null))
EXTRAS := zh,fast,explain,viz,test,dev
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: help setup demo test check bench docs
help:
	@echo "make setup | demo | test | check | bench | docs"

$(VENV)/.ok: pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	@$(MAKE) --no-print-directory install-uv || $(MAKE) --no-print-directory install-pip
	touch $@

.PHONY: install-uv install-pip
install-uv:
	$(PY) -m pip install -q uv
	UV_FIND_LINKS="$(FIND)" VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/uv pip install -q -c constraints.txt -e '.[$(EXTRAS)]'
install-pip:
	$(PY) -m pip install -q -c constraints.txt -e '.[$(EXTRAS)]'

setup: $(VENV)/.ok
