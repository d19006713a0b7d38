# One verb, one target.
VENV ?= .venv
PY   := $(VENV)/bin/python
# uv does not read pip's settings: hand it pip's folder of local wheels, where there is one.
FIND := $(or $(PIP_FIND_LINKS),$(shell python3 -m pip config get global.find-links 2>/dev/null))
EXTRAS := zh,fast,explain,viz,test,dev
# Those that need neither data nor trained runs; the others say in their first lines what they need.
BENCHES := data explained gather gru_layer install linear lm_head lm_train loop loss_memory lstm_layer qrnn_layer \
	roofline scan start weight_drop
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: help setup setup-uv setup-pip demo test check bench docs
help:
	@echo "make setup   a virtual environment in $(VENV) with everything (uv, else plain pip)"
	@echo "make demo    trains on generated data and shows what it learned"
	@echo "make test    the whole test suite"
	@echo "make check   format, lint, types, import floors, generated pages"
	@echo "make bench   the benchmarks that need no data, written to results/"
	@echo "make docs    the pages made from results/ and from the code, and build/docs/index.html"

$(VENV)/.ok: pyproject.toml constraints.txt
	python3 -m venv $(VENV)
	@$(MAKE) --no-print-directory setup-uv || { echo "uv is not to be had; going on with pip"; $(MAKE) --no-print-directory setup-pip; }
	touch $@

setup-uv:
	$(PY) -m pip install -q -c constraints.txt uv
	UV_FIND_LINKS="$(FIND)" VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/uv pip install -q -c constraints.txt -e '.[$(EXTRAS)]'

setup-pip:
	$(PY) -m pip install -q -c constraints.txt -e '.[$(EXTRAS)]'

setup: $(VENV)/.ok

demo: setup
	$(PY) -m seqweave demo

# The tests that start processes of their own time out when cores are oversubscribed: one thread each, two workers.
test: setup
	OMP_NUM_THREADS=1 $(PY) -m pytest -q -n 2

check: setup
	$(VENV)/bin/ruff format --check src tests benchmarks scripts docs
	$(VENV)/bin/ruff check src tests benchmarks scripts docs
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) scripts/pages.py --check

bench: setup
	for name in $(BENCHES); do OMP_NUM_THREADS=1 $(PY) benchmarks/$$name.py --output results || exit 1; done
	for batch in 1 64; do OMP_NUM_THREADS=1 $(PY) benchmarks/decode_step.py --batch $$batch --output results || exit 1; done

$(VENV)/.docs: $(VENV)/.ok
	$(PY) -m pip install -q -c constraints.txt -e '.[docs]'
	touch $@

# The generated pages first: they need nothing that is not installed yet.
docs: setup
	$(PY) scripts/pages.py
	@$(MAKE) --no-print-directory $(VENV)/.docs
	$(PY) -m sphinx -W --keep-going -q -j auto docs build/docs
	@echo "open build/docs/index.html"
