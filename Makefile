# Everything a developer does here. `make` alone prints this list.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
USABLE := $(VENV)/.usable
# In two processes: most tests wait for others. The tests of one file stay together, since they share what they start.
DOCKER ?= docker
PYTEST ?= $(BIN)/pytest --numprocesses=2 --dist=loadfile

.PHONY: help demo venv test check lint format control-plane kubectl bench screenshots dashboards dashboard-pictures rules chart image sbom clean

help:           ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(USABLE) ## show it all on a simulated cluster; DEMO="--workflows 10000" chooses how
	@exec $(BIN)/python -m exporter demo $(DEMO)

# Without the tools, which would take most of the time. "exec", so that whoever ends make ends the demo and no shell.
$(USABLE): pyproject.toml
	@echo "making $(VENV), which takes half a minute, once"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable .
	@touch $@

venv: $(READY)  ## make .venv with this package and its tools

# Groups of dependencies need pip 25.1, which is newer than the pip of Python 3.11.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $(USABLE) $@

test: $(READY)  ## run the tests with what is there, and name what is skipped
	$(PYTEST)

check: lint test  ## run everything that has to pass: format, lint, types, imports, tests

lint: $(READY)  ## run what needs no cluster: format, lint, types, imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## format, and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

control-plane: $(READY)  ## build the API server and etcd of the tests (minutes, once; needs go)
	$(BIN)/python -m tests.controlplane build

kubectl: $(READY) ## fetch kubectl in the versions of the tests, and Helm (once, about 100 MB)
	$(BIN)/python -m tests.kubectl fetch

bench: $(READY)  ## measure throughput and memory
	$(BIN)/python -m benchmarks

screenshots: $(READY) ## take the pictures in docs/pictures from a demo (some minutes; needs Chromium)
	$(BIN)/python -m tests.page.screenshots

dashboards: $(READY) ## write the dashboards' JSON from their code
	$(BIN)/python -m dashboards write

dashboard-pictures: $(READY) ## draw each dashboard from a demo, without Grafana (ten minutes; needs Prometheus, Chromium)
	$(BIN)/python -m dashboards draw

rules: $(READY) ## make the PrometheusRule from the file of rules
	$(BIN)/python -m deploy.prometheus prometheusrule > deploy/prometheus/prometheusrule.yaml

chart: kubectl  ## make what in the chart follows from other files, and the manifests from the chart
	$(BIN)/python -m deploy.chart write
	$(BIN)/python -m deploy.chart manifests --helm .cache/kubectl/1.37/helm

IMAGE ?= informer-exporter
image:          ## build the container image (needs docker, or DOCKER=podman); IMAGE=name:tag
	$(DOCKER) build --file deploy/Dockerfile --tag $(IMAGE) .

sbom: image     ## print what is in the image: the packages of Python, and Debian's
	$(DOCKER) run --rm --entrypoint cat $(IMAGE) /opt/informer-exporter/packages.txt
	$(DOCKER) run --rm --entrypoint dpkg-query $(IMAGE) --show

clean:          ## remove what was made, except the built control plane and kubectl
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.cache/*' -prune -exec rm -rf {} +
