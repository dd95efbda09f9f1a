# Commands of the project. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8080
DATA ?= .data
STAGE ?= dev

# uv from the PATH, else installed by pip into a folder of the project.
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
export UV_PYTHON_PREFERENCE ?= managed
# Byte code saves most of a cold start; a shell that forbids it would slow every function here.
unexport PYTHONDONTWRITEBYTECODE
RUN := "$(UV)" run --frozen --no-sync
PYTHONPATH_ALL := functions:layers/common/python:.
export PYTHONPATH := $(PYTHONPATH_ALL)

.PHONY: help install run clean-data test test-fast pr \
        format lint types contracts messages language openapi openapi-check synth web bench \
        deployable deploy diff destroy

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

.tools/uv/bin/uv:
	@echo "installing uv into .tools/uv"
	@python3 -m pip install --quiet --disable-pip-version-check --target .tools/uv uv

.venv/.stamp: pyproject.toml uv.lock | $(filter .tools/%,$(UV))
	@"$(UV)" sync --frozen --quiet && touch $@

# The packages of a deployed function, and AWS's runtime client, without the development groups.
.tools/lambda/.stamp: pyproject.toml uv.lock .venv/.stamp
	@UV_PROJECT_ENVIRONMENT=.tools/lambda "$(UV)" sync --frozen --quiet --no-default-groups --group lambda \
	    --compile-bytecode && touch $@

# The AWS emulator pins its own libraries, so it has a separate environment.
.tools/emulator/.stamp: local/emulator-requirements.txt | .venv/.stamp
	@"$(UV)" venv --quiet --clear .tools/emulator && \
	    "$(UV)" pip install --quiet --python .tools/emulator -r $< && touch $@

# The CDK's command line and axe; Node itself comes with a Python package.
node_modules/.stamp: package.json package-lock.json .npmrc | .venv/.stamp
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --silent && touch $@

web/dist/manifest.json: $(shell find web -path web/dist -prune -o -type f -print 2>/dev/null) .venv/.stamp
	@$(RUN) python -m web.build

web: .venv/.stamp ## build the static files of the pages
	@$(RUN) python -m web.build

# Translations, as the functions read them.
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard layers/common/python/kit/locale/*/messages.po))

%/messages.mo: %/messages.po .venv/.stamp
	@$(RUN) python -m tools.messages compile

install: $(CATALOGUES) .venv/.stamp .tools/lambda/.stamp .tools/emulator/.stamp web/dist/manifest.json ## install everything the project needs

run: install ## run the whole product on this machine with demo data (PORT=8080 DATA=.data)
	@exec $(RUN) python -m local run --port "$(PORT)" --data "$(DATA)" --stage "$(STAGE)"

clean-data: ## delete the local cloud's database, tables and objects (DATA=.data)
	@rm -rf -- "$(DATA)" && echo "deleted $(DATA)"

# ONLY=tests/integration/crm or ONLY=tests/unit/kit/test_ids.py::test_name; see docs/testing.md.
ONLY ?=
test: install node_modules/.stamp ## every test, in Chromium too (ONLY=path: those of one folder, file or test)
	@bash tests/run.sh $(ONLY)

test-fast: install ## unit and integration tests that are not slow
	@bash tests/run.sh fast

format: .venv/.stamp ## format the code
	@$(RUN) ruff format . && $(RUN) ruff check --fix .

lint: .venv/.stamp ## format check, lint, vocabulary, circular imports, references of documents, translated texts
	@$(RUN) ruff format --check . && $(RUN) ruff check .
	@$(RUN) python -m tools.vocabulary
	@$(RUN) python -m tools.vocabulary commits
	@$(RUN) python -m tools.import_cycles
	@$(RUN) python -m tools.document_references
	@$(RUN) python -m tools.untranslated_texts templates
	@$(RUN) python -m tools.messages check

types: .venv/.stamp ## mypy, strict
	@$(RUN) mypy

contracts: .venv/.stamp ## check the import rules between packages
	@$(RUN) lint-imports

messages: .venv/.stamp ## write the texts of pages, mails and errors for translators, into messages.pot and every language
	@$(RUN) python -m tools.messages extract
	@$(RUN) python -m tools.messages update

language: .venv/.stamp ## begin a language (CODE=de), or write the pseudo-language for `make run` (CODE=en-XA)
	@[ -n "$(CODE)" ] || { echo "name the language: make language CODE=de"; exit 2; }
	@$(RUN) python -m tools.messages add "$(CODE)"

openapi: install ## write the OpenAPI document from the code
	@$(RUN) python -m tools.openapi write

openapi-check: install ## fail if the OpenAPI document differs from the code
	@$(RUN) python -m tools.openapi check

synth: install ## synthesize the CloudFormation templates, cdk-nag included (STAGE=dev)
	@$(RUN) python app.py --stage $(STAGE)

# Only these need an AWS account; docs/infrastructure.md lists the settings.
APPROVAL ?= broadening
CDK = PATH="$(CURDIR)/.venv/bin:$$PATH" node_modules/.bin/cdk --app '$(RUN) python app.py --stage $(STAGE)'

deployable: install node_modules/.stamp
	@$(RUN) python -m stacks.deployment $(STAGE)

deploy: deployable ## deploy a stage to the AWS account of your credentials (STAGE=dev)
	@$(CDK) deploy --all --require-approval $(APPROVAL)

diff: deployable ## show what a deployment would change (STAGE=dev)
	@$(CDK) diff

destroy: deployable ## delete a stage that holds test data only (STAGE=dev)
	@[ "$(STAGE)" != prod ] || { echo "production is not destroyed from here"; exit 1; }
	@$(CDK) destroy --all

pr: install lint types contracts openapi-check synth test ## run all checks of CI

bench: install ## run the benchmarks: cold start and warm request against a bare application, search, bookings, CRM
	@$(RUN) python -m bench
