# The verbs. Each sets up what it needs; a second run reinstalls nothing.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Scanners live apart: checkov pins old versions of what the project uses.
SCAN   := .scan-venv
CHECKOV := 3.3.30
# A smaller torch than PyPI's CUDA build:
#   make demo PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu"
PIP_FLAGS ?=
# A CSV of your own for the demo: user_id,item_id,timestamp[,type][,value]
EVENTS ?=
# Context of a deployment: make deploy CONTEXT="-c name=shop -c shards=2"
CONTEXT ?=
# What `make scan` looks at beside the defaults; one deployment of your own is looked at alone.
PROFILES := $(if $(CONTEXT),,dev prod cheap)
PYTEST_FLAGS ?=
PARALLEL := -n logical --maxprocesses 4 --dist loadfile

# Matrices here are small: a second thread costs more than it brings on shared cores.
export OMP_NUM_THREADS ?= 1
export PATH := $(CURDIR)/$(BIN):$(PATH)
export EVENTS

.DEFAULT_GOAL := help
.PHONY: help setup demo test cover rehearse rehearse-grants rehearse-upgrade local check minify synth scan \
	diff deploy destroy rebuild replay sign tune soak bench lock clean

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

setup: $(VENV)/installed ## virtual environment with the pinned packages

$(VENV)/installed: requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip==26.1'
	$(BIN)/python -m pip install --quiet $(PIP_FLAGS) -r requirements.lock
	touch $@

node_modules/installed: package-lock.json $(VENV)/installed
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

# What the browser module is tested with, a browser among it; CHROMIUM=/path/to/one of your own.
tests/clients/node_modules/installed: tests/clients/package-lock.json $(VENV)/installed
	npm ci --prefix tests/clients --no-audit --no-fund --loglevel=error
	mkdir -p tests/clients/.browser
	TMPDIR=$(CURDIR)/tests/clients/.browser npm run --prefix tests/clients --silent browser >/dev/null
	touch $@

demo: setup      ## the whole flow on this machine, on real data
	python -m local.demo

local: setup     ## the local cloud, until Ctrl-C
	python -m local

test: setup check tests/clients/node_modules/installed ## every check and every test
	python -m pytest $(PARALLEL) $(PYTEST_FLAGS)
	EXAMPLES=20 python -m pytest $(PARALLEL) tests/domain --cov=domain --cov-fail-under=100

# Tracing costs as much as the tests: what is traced above has fewer examples, always the same.
cover: setup tests/clients/node_modules/installed ## every test, traced: what none of them reaches
	python -m pytest $(PARALLEL) --cov --cov-fail-under=90 $(PYTEST_FLAGS)

rehearse: node_modules/installed ## deploy, use, update and destroy it in an emulator with IAM
	python -m rehearsal.prepare
	python -m pytest -m emulator tests/rehearsal
	python -m rehearsal

rehearse-grants: node_modules/installed ## take away each thing a policy gives; docs/grants.md
	python -m rehearsal.prepare
	python -m rehearsal.grants

# A tag or commit; the newest tagged version before this one, if none is given.
FROM ?=
rehearse-upgrade: node_modules/installed ## from the version before to this one, data and all
	python -m rehearsal.prepare
	python -m rehearsal.upgrade $(FROM)

check: setup     ## format, lint, types, imports
	ruff check .
	mypy
	lint-imports


minify: tests/clients/node_modules/installed ## the browser module as it is published
	npm run --prefix tests/clients --silent minify

synth: node_modules/installed ## the CloudFormation template, checked
	npx cdk synth --quiet -c security_rules=true $(CONTEXT)

scan: synth $(SCAN)/checkov-$(CHECKOV) ## the template and the profiles, held against what scanners know
	for profile in $(PROFILES); do npx cdk synth --quiet -c security_rules=true \
	  -c profile=$$profile --output .build/scan/$$profile || exit 1; done
	for folder in cdk.out $(PROFILES:%=.build/scan/%); do \
	  cfn-lint --ignore-checks W3005 --regions us-east-1 eu-west-1 \
	    --template $$folder/*.template.json && \
	  $(SCAN)/bin/checkov --config-file .checkov.yaml --file $$folder/*.template.json || exit 1; done

$(SCAN)/checkov-$(CHECKOV):
	test -x $(SCAN)/bin/python || $(PYTHON) -m venv $(SCAN)
	$(SCAN)/bin/python -m pip install --quiet --disable-pip-version-check checkov==$(CHECKOV)
	touch $@

diff: node_modules/installed ## what a deploy would change
	npx cdk diff $(CONTEXT)

deploy: node_modules/installed ## into the AWS account of your credentials
	npx cdk deploy $(CONTEXT)

destroy: node_modules/installed ## the deployment; its data stays unless retain_data=false
	npx cdk destroy $(CONTEXT)

replay: setup    ## what the stream's consumers gave up, applied after all: STACK=name
	python -m recovery replay --stack $(STACK)

rebuild: setup   ## tables that lost their content, out of the bucket: STACK=name FLAGS="..."
	python -m recovery rebuild --stack $(STACK) $(FLAGS)

sign: setup   ## let a model serve that was promoted before models were signed: STACK=name
	python -m recovery sign --stack $(STACK) $(FLAGS)

tune: setup   ## SageMaker looks for hyperparameters: STACK=name FLAGS="--trials 20", then --adopt
	python -m recovery tune --stack $(STACK) $(FLAGS)

# The first of them, to look where nobody looked yet: make soak FIRST=1000000
FIRST ?= 0
SEEDS ?= 1000
soak: setup      ## the event path under seeded faults, each run beside one that nothing hits
	python -m soak --first $(FIRST) --seeds $(SEEDS) --processes 2

bench: setup     ## what we claim, measured, into bench/results.md
	python -m bench

lock:            ## rewrite requirements.lock from pyproject.toml
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --quiet \
	  --no-annotate --no-header \
	  $(foreach p,$(CUDA),--no-emit-package $(p)) -o requirements.lock

# What torch's CUDA build asks for by itself; a CPU build asks for none of it, so no lock names it.
CUDA := cuda-bindings cuda-pathfinder cuda-toolkit triton nvidia-cublas nvidia-cuda-cupti \
        nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile \
        nvidia-curand nvidia-cusolver nvidia-cusparse nvidia-cusparselt-cu13 nvidia-nccl-cu13 \
        nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx setuptools

clean:           ## everything that can be made again
	rm -rf $(VENV) $(SCAN) .build cdk.out node_modules .local tests/clients/node_modules \
	  tests/clients/.browser .mypy_cache .pytest_cache .ruff_cache
