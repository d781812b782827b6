# Two commands do everything on a fresh machine: `make run` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
UV := 0.13.9
export RUST_LOG ?= off
# Images of containers often set it. Each of the many processes would compile every module of ours anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test mutate lint format studio peewee-tests lock audit-lock clean
.PHONY: bench bench-data bench-load bench-roundtrips bench-adoption bench-receipts bench-import bench-exam-day bench-costs
.PHONY: bench-commits simulate-budgets simulate-replies soak soak-replica

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

setup: .venv/run ## what the commands need that begin with .venv/bin/python

run: .venv/run ## set up, migrate, load demo content, start both services; Ctrl-C stops them
	@exec $(BIN)/python -m deploy.local

include deploy/npm.mk

test: .venv/test .venv/npm lint ## set up, then lint, types and tests
	$(BIN)/pytest -n auto -rs $(PYTEST)

mutate: .venv/test .venv/npm ## do the tests see mistakes? MODULE=study_service/answers.py [SAMPLE=40] [KIND=sql or python]
	@$(BIN)/python -m tests.mutation $(MODULE) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(KIND),--kind $(KIND))

lint: .venv/test ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/test ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

studio: .venv/test ## look at the embedded database in a browser, read-only
	@$(BIN)/python -m migrations studio

bench: .venv/test .venv/npm ## what the hot operations cost at two sizes in three modes; ARGS="--sizes S --modes file" BASELINE=result.json
	@$(BIN)/python -m tests.benchmarks.hot $(if $(BASELINE),--baseline $(BASELINE)) $(ARGS)

bench-load: .venv/test ## 1,000 learners at once, tweets a second, memory over a million requests, a start; ARGS="--only learners"
	@$(BIN)/python -m tests.benchmarks.load $(ARGS)

bench-roundtrips: .venv/test .venv/npm ## round trips and times to a server 0, 20 and 80 ms away, beside the bare driver
	@$(BIN)/python -m tests.benchmarks.roundtrips

bench-data: .venv/test ## a database for benchmarks, the same rows each time: SIZE=S, M or L (200,000 questions, 2 million answers); TO=FILE
	@$(BIN)/python -m tests.benchmarks.scale $(or $(SIZE),S) $(TO)

bench-adoption: .venv/test ## time and memory to adopt an older database of 200,000 questions and 2 million answers
	@$(BIN)/python -m tests.benchmarks.adoption

bench-receipts: .venv/test ## bytes of the database that a request with an Idempotency-Key takes; TREE=DIR measures another checkout
	@$(BIN)/python -m tests.benchmarks.receipts $(if $(TREE),--tree $(TREE))

bench-import: .venv/test ## 10,000 questions in each format: time, CPU, memory, how long others wait; ARGS="--format csv"
	@$(BIN)/python -m tests.benchmarks.imports $(ARGS)

bench-commits: .venv/test .venv/npm ## answers of many threads on a server that commits slowly: together, and one by one; ARGS="--seconds 5"
	@$(BIN)/python -m tests.benchmarks.commits $(ARGS)

bench-exam-day: .venv/test .venv/npm ## 3,000 learners sit a test at once, on a file and on a server that is killed; ARGS="--learners 200 --mode file"
	@$(BIN)/python -m tests.benchmarks.exam_day $(ARGS)

bench-costs: .venv/test ## the report of AI costs on a million calls; ARGS="--calls 100000 --users 0"
	@$(BIN)/python -m tests.benchmarks.costs $(ARGS)

simulate-budgets: .venv/test ## a million random operations on budgets, with kills, against a model; ARGS="--operations 10000"
	@$(BIN)/python -m tests.simulations.budgets $(ARGS)

simulate-replies: .venv/test ## 10,000 replies with lost answers, crashes and late timelines: is any sent twice? ARGS="--runs 500 --seed 7"
	@$(BIN)/python -m tests.simulations.replies $(ARGS)

soak-replica: .venv/test .venv/npm ## ten minutes of damage to a replica under readers and a writer: is any read wrong, any repair late? MINUTES=60
	@$(BIN)/python -m tests.soak.replica --minutes $(or $(MINUTES),10) $(ARGS)

soak: .venv/test .venv/npm ## fifteen minutes of kills, outages and damage to both services under load: is anything lost, double or stale? MINUTES=60
	@$(BIN)/python -m tests.soak.services --minutes $(or $(MINUTES),15) $(ARGS)

peewee-tests: .venv/test .venv/npm ## the tests of Peewee's repository, a checkout at TREE=DIR, on our class; MODE=server
	@$(BIN)/python -m tests.peewee_suite $(TREE) --mode $(or $(MODE),file)

lock: .venv/run ## resolve the dependencies again
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

audit-lock: .venv/test ## are faults known of what is locked? Exit code 1: yes; 3: not asked, since no data could be had
	@$(BIN)/python -m deploy.audit_lock

clean: ## forget the virtual environment and caches; var/ stays
	rm -rf .venv node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 13) and \
		f"Python 3.11 to 3.13 is needed, $(PYTHON) is {v[0]}.{v[1]}: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==$(UV)
	@touch $@

.venv/run: .venv/uv requirements.lock
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

.venv/test: .venv/run requirements-dev.lock
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@
