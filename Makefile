# `make run` serves the site, `make test` runs every test; both do all set-up a fresh machine needs.
# `make run-local LLM_MODELS=…` serves it with a model of this machine: a folder, or an id on Hugging Face.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TOOLS := .venv/.tools
LOCAL := .venv/.local
# Playwright brings it along.
NODE = $(wildcard .venv/lib/python3*/site-packages/playwright/driver/node)

.PHONY: run run-local test lint bench screenshots messages constraints clean

run: $(READY)
	@$(BIN)/python -m chatsite.prepare
	@[ -n "$$WEB_CONCURRENCY" ] || unset WEB_CONCURRENCY; \
	grep -qs '^LOG_FORMAT=.' .env || export LOG_FORMAT=$${LOG_FORMAT:-line}; \
	exec $(BIN)/gunicorn chatsite.asgi:application

run-local:
	@[ -n "$$LLM_MODELS" ] || grep -qs '^LLM_MODELS=.' .env || \
	  { echo "LLM_MODELS: set it to a model's folder, or its id on Hugging Face, as in: LLM_MODELS=Qwen/Qwen3-0.6B make run-local" >&2; exit 1; }
	@$(MAKE) -s --no-print-directory $(LOCAL)
	@grep -qs '^LLM_BACKEND=.' .env || export LLM_BACKEND=$${LLM_BACKEND:-transformers}; $(MAKE) --no-print-directory run

test: $(TOOLS)
	@$(BIN)/python -m tests.run

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint templates
	@for file in static/js/*.js templates/*.js tests/js/*.js; do $(NODE) --check $$file || exit 1; done

bench: $(TOOLS)
	$(BIN)/python -m benchmarks.streams
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.opening
	$(BIN)/python -m benchmarks.search --short
	$(BIN)/python -m benchmarks.turn_cost
	$(BIN)/python -m benchmarks.installed_size
	$(BIN)/python -m benchmarks.newcomer
	$(BIN)/python -m benchmarks.local_model
	$(BIN)/python -m benchmarks.crashes --kills 8 --database sqlite

screenshots: $(TOOLS)
	$(BIN)/python -m tests.screenshots

# For who translates: needs the gettext tools. Without places and dates, so that only words differ.
messages: $(READY)
	@for domain in django djangojs; do \
	  $(BIN)/python manage.py makemessages --domain $$domain --all --no-location --no-obsolete --no-wrap \
	    --ignore .venv --ignore var --ignore tests --ignore benchmarks --ignore node_modules || exit 1; \
	done
	@sed -i '/^"POT-Creation-Date:/d' locale/*/LC_MESSAGES/*.po
	@$(BIN)/python manage.py compilemessages --ignore .venv --ignore var

# What the requirements bring along, at the versions installed here.
constraints: $(TOOLS)
	@$(BIN)/python -m tests.constraints > .venv/constraints.txt
	@mv .venv/constraints.txt constraints.txt

$(READY): requirements.txt constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the site needs (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(LOCAL): $(READY) requirements-local.txt
	@echo "Installing what a model on this machine needs (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-local.txt
	@touch $@

$(TOOLS): $(READY) requirements-local.txt requirements-dev.txt
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# What can be made again; accounts and conversations stay.
clean:
	rm -rf .venv var/static
