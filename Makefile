# Everything a developer runs. `make help` lists the targets; each is one script or one command.
SHELL := /bin/bash
.DEFAULT_GOAL := help
NODE ?= node
SOURCES := $(shell find src -name '*.ts' 2>/dev/null) package.json tsconfig.json .ci/build.mjs

.PHONY: help run build check test test-library test-node test-buckets test-kubernetes test-lambda coverage audit bench soak fuzz differential demo golden record-sessions samples docs manifests clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## install, build and start Oarlock on the quickstart configuration
	@.ci/quickstart.sh

build: dist/main.js ## bundle src to dist

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dist/main.js: node_modules/.package-lock.json $(SOURCES)
	npx tsc
	$(NODE) .ci/build.mjs
	@touch $@

check: build ## types, lint, import directions, licences, generated files, unit tests: under a minute
	@.ci/check.sh

test: build ## everything: check, contracts, doors, conformance, the real Envoy, nginx, Caddy, HAProxy, Traefik, Redis, promtool, faults
	@.ci/check.sh --static
	@.ci/envoy.sh
	@.ci/manifests.sh
	@.ci/proxies.sh
	@.ci/redis.sh
	@.ci/prometheus.sh
	@.ci/http2.sh
	@.ci/test.sh

test-library: build ## the tests of the gRPC port, of Envoy, of the callers, of conformance and of abuse with serve.grpc.transport: library
	@.ci/envoy.sh
	@.ci/manifests.sh
	@.ci/proxies.sh
	@.ci/http2.sh
	@GRPC_TRANSPORT=library .ci/test.sh test/doors test/envoy test/callers test/conformance test/cases test/abuse test/faults

test-node: build ## unit, contract and doors tests on Node 20, 22, 24 and 26; NODES="24 26" runs some of them
	@.ci/redis.sh
	@.ci/prometheus.sh
	@.ci/http2.sh
	@.ci/test-node.sh

test-buckets: build ## rule sources in buckets, against the real emulators of S3, Google and Azure
	@.ci/buckets.sh
	@OARLOCK_BUCKETS=1 .ci/test.sh test/contract/buckets.test.ts

test-kubernetes: build ## rules that are resources of a cluster, and all manifests, against the real kube-apiserver and etcd
	@.ci/manifests.sh
	@.ci/kubernetes.sh
	@OARLOCK_KUBERNETES=1 .ci/test.sh test/kubernetes

test-lambda: build ## the Lambda authorizer in Amazon's own Runtime Interface Emulator
	@.ci/lambda.sh
	@OARLOCK_LAMBDA=1 .ci/test.sh test/lambda

coverage: build ## unit, contract and doors tests, and how much of src they run; FILES="test/unit/lib" chooses tests
	@COVERAGE=1 .ci/test.sh $(or $(FILES),test/unit test/contract test/doors)

audit: ## known vulnerabilities of what a production installation has; without a report it says so, REQUIRED=1 fails then
	@$(NODE) .ci/audit.mjs $(if $(REQUIRED),--required)

bench: build ## measure decisions, memory, reload, connections, workers, Envoy; PEER="oathkeeper=/path heimdall=/path" too; GROUP=decisions SECONDS=4 REPEATS=2 OUT=FILE
	@.ci/bench.sh $(foreach group,$(GROUP),--group $(group)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(REPEATS),--repeats $(REPEATS)) $(if $(OUT),--out $(OUT))

soak: build ## half load with a reload each second; SECONDS=1800, WORKERS=1; fails when memory grows or an answer is wrong
	@.ci/redis.sh
	@$(NODE) --import tsx test/soak/soak.ts

fuzz: build ## clients that do anything; KIND=proxy|frames|hpack|sessions (the last three: HTTP/2 of the gRPC port), SECONDS=1800, SEED=1; fails when it dies, keeps a place or does not answer
	@$(NODE) --import tsx test/fuzz/main.ts

differential: build ## random requests to Oarlock and to PEER=oathkeeper=/path; differences that are not documented fail
	@$(NODE) --import tsx test/differential/differential.ts

demo: build ## the real Envoy in front of a small upstream: allowed, unauthenticated, forbidden
	@.ci/envoy.sh
	@.ci/demo.sh

golden: node_modules/.package-lock.json ## make the template goldens again with the real Go
	@.ci/golden.sh

record-sessions: node_modules/.package-lock.json ## record test/golden/http2-sessions again: the real clients at the gRPC port; CLIENT=curl records one
	@.ci/envoy.sh
	@.ci/http2.sh
	@$(NODE) --import tsx test/fuzz/http2/recorded/main.ts

samples: node_modules/.package-lock.json ## make deploy/*/samples again with the real egctl, contour and istiod: a difference fails
	@.ci/samples.sh

docs: node_modules/.package-lock.json ## write the generated pages again: the schemas, the definition of rules as resources, docs/handlers, docs/configuration.md, docs/cli.md, tables and charts of the benchmark; and the validators of src
	$(NODE) --import tsx .ci/generate-schema.ts
	$(NODE) --import tsx .ci/generate-rule-schema.ts
	$(NODE) --import tsx .ci/generate-validators.ts
	$(NODE) --import tsx .ci/generate-contract.ts
	$(NODE) --import tsx .ci/generate-handler-docs.ts
	$(NODE) --import tsx .ci/generate-config-docs.ts
	$(NODE) --import tsx .ci/generate-cli-docs.ts
	$(NODE) --import tsx .ci/generate-benchmark-pages.ts

manifests: ## lint the Helm chart and render it again: a difference fails
	@.ci/manifests.sh --helm

clean: ## remove what was built and installed here
	rm -rf dist node_modules .venv .cache
