# `make run` serves the site, `make test` runs every test; both do all set-up a fresh machine needs.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TOOLS := .venv/.tools

.PHONY: run test lint bench screenshots messages clean

run: $(READY)
	@$(BIN)/python -m chatsite.prepare
	@[ -n "$$WEB_CONCURRENCY" ] || unset WEB_CONCURRENCY; exec $(BIN)/gunicorn chatsite.asgi:application

test: $(TOOLS)
	@$(BIN)/python -m tests.run

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint templates
	@for file in static/js/*.js templates/*.js tests/js/*.js; do ! command -v node >/dev/null || node --check $$file || exit 1; done

bench: $(TOOLS)
	$(BIN)/python -m benchmarks.first_token
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.turn_cost
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

$(READY): requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the site needs (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(TOOLS): $(READY) requirements-dev.txt
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv var
