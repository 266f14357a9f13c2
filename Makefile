# The plugin, its companion command, and everything that checks them. `make help` lists the targets.
# What is built goes to build/, and nothing else is written.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

GO ?= go
LIBRARY := build/in_openai_audit.so
COMMAND := build/openai-audit
LINTER := build/tools/golangci-lint

# Without git, as in an unpacked archive, the newest version that CHANGELOG.md names.
ifndef VERSION
VERSION := $(or \
	$(shell [ -e .git ] && git describe --tags --always --dirty 2>/dev/null),\
	$(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1),\
	dev)
endif
override VERSION := $(patsubst v%,%,$(VERSION))

# The same sources and the same tools make the same files, wherever they lie.
GOBUILD = $(GO) build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=$(VERSION)"
SOURCES := go.mod go.sum $(shell find plugin internal -type f ! -path '*/testdata/*' ! -path '*/tools/*' ! -name '*_test.go')

# The Fluent Bit that `run` and the end-to-end tests use: that of FLUENT_BIT, else that of the PATH, else none.
override FLUENT_BIT := $(strip $(if $(FLUENT_BIT),\
	$(or $(shell command -v "$(FLUENT_BIT)" 2>/dev/null),$(error FLUENT_BIT: there is no program $(FLUENT_BIT))),\
	$(shell command -v fluent-bit 2>/dev/null)))
export FLUENT_BIT

TESTFLAGS ?=
FUZZTIME ?= 30s
HARNESSFLAGS ?=
DEMOFLAGS ?=
SCHEDULES ?= 10000
RACE_SCHEDULES ?= 2
SEED ?= 1

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: $(LIBRARY) $(COMMAND) ## Build the plugin and the command

# cgo writes a C header beside the library; Fluent Bit looks the functions up by name.
$(LIBRARY): $(SOURCES) build/version
	CGO_ENABLED=1 $(GOBUILD) -buildmode=c-shared -o $@ ./plugin
	@rm -f $(@:.so=.h)

$(COMMAND): $(SOURCES) build/version
	CGO_ENABLED=0 $(GOBUILD) -o $@ ./plugin

# Changes when the version does, so that what carries the version is built again.
build/version: FORCE
	@mkdir -p build
	@[ "$$(cat $@ 2>/dev/null)" = '$(VERSION)' ] || echo '$(VERSION)' >$@

.PHONY: run
run: $(if $(FLUENT_BIT),$(LIBRARY)) $(COMMAND) ## Stream audit records to the terminal: the API's with OPENAI_ADMIN_KEY, else the simulator's
	@internal/tools/run.sh

.PHONY: demo
demo: $(if $(FLUENT_BIT),$(LIBRARY)) $(COMMAND) build/tools/victoria-logs build/tools/demo ## Simulated events in a web page to search: simulator, Fluent Bit, VictoriaLogs
	@build/tools/demo $(DEMOFLAGS)

build/tools/victoria-logs: internal/tools/receivers/go.mod
	cd internal/tools/receivers && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/$@ github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs

build/tools/demo: internal/tools/receivers/go.mod $(wildcard internal/tools/receivers/demo/*.go)
	cd internal/tools/receivers && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/$@ ./demo

.PHONY: test
test: ## Run every test; those in Fluent Bit where FLUENT_BIT or the PATH has one
	$(GO) vet ./...
	$(GO) test -timeout 20m $(TESTFLAGS) ./...
	cd internal/tools/sdk && $(GO) vet ./... && $(GO) test -timeout 5m $(TESTFLAGS) ./...
	cd internal/tools/monitoring && $(GO) vet ./... && $(GO) test -timeout 5m $(TESTFLAGS) ./...
	cd internal/tools/receivers && $(GO) vet ./... && $(GO) test -timeout 10m $(TESTFLAGS) ./...
	@if [ -n "$(FLUENT_BIT)" ]; then \
		echo "The end-to-end tests, and those of conf/destinations, ran in $$($(FLUENT_BIT) --version | head -n 1), $(FLUENT_BIT)."; \
	else \
		echo "The end-to-end tests, and those of conf/destinations, did NOT run: no fluent-bit on the PATH, and FLUENT_BIT names none."; \
	fi

# Without the packages whose tests look at the library from outside, or at one goroutine. Of the delivery and the sources it runs the
# random schedules, in which all goroutines are at work: the detector makes hours on a simulated clock take minutes.
.PHONY: race
race: ## Run the tests with the race detector, and the library's with the address sanitizer
	$(GO) test -race -short -timeout 10m $(TESTFLAGS) $$($(GO) list ./... | grep -vE '/(auditlog|bench|chost|compliance|delivery|e2e|inventory|record|repotest)(/|$$)')
	$(GO) test -race -short -timeout 10m $(TESTFLAGS) -run '^TestModel$$' ./internal/auditlog ./internal/compliance ./internal/delivery \
		./internal/inventory -schedules $(RACE_SCHEDULES)
	$(GO) test -asan -timeout 10m $(TESTFLAGS) ./internal/chost

.PHONY: lint
lint: $(LINTER) ## Check format, style and common mistakes
	$(GO) mod tidy -diff
	$(LINTER) run --allow-parallel-runners ./...

.PHONY: fmt
fmt: $(LINTER) ## Format the code
	$(LINTER) fmt ./...

.PHONY: vuln
vuln: $(LINTER) ## Look for known vulnerabilities, where their database can be reached (GOVULNDB=file:///... names a copy)
	@internal/tools/vulncheck.sh

# A module of its own keeps the tools out of the plugin's dependencies.
$(LINTER): internal/tools/go.mod internal/tools/go.sum
	cd internal/tools && $(GO) build -o $(CURDIR)/build/tools/ tool

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME
	@internal/tools/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: $(LIBRARY) ## Run the benchmarks, which build/tools/benchstat compares, and the harness (HARNESSFLAGS='-short', '-long -write')
	$(GO) test -run '^$$' -bench . -benchmem $(TESTFLAGS) ./...
	@if command -v valgrind >/dev/null; then internal/bench/instructions.sh; else echo 'no valgrind: instructions are not counted'; fi
	$(GO) run ./internal/bench/harness -library $(LIBRARY) $(HARNESSFLAGS)

.PHONY: model
model: ## Run SCHEDULES random schedules against the collector, and as many against its hand-over, from SEED on
	$(GO) test ./internal/auditlog ./internal/delivery -run '^TestModel$$' -timeout 0 -schedules $(SCHEDULES) -seed $(SEED) $(TESTFLAGS)

.PHONY: mutants
mutants: ## Break the delivery and the collector in many ways, and check that the models notice each
	$(GO) test ./internal/delivery -run '^TestMutations$$' -timeout 0 -mutants 3000 -v
	$(GO) test ./internal/auditlog -run '^TestMutations$$' -timeout 0 -mutants 120 -v
	$(GO) test ./internal/compliance -run '^TestMutations$$' -timeout 0 -mutants 40 -v

.PHONY: abi-check
abi-check: $(LIBRARY) ## Check what the library exports, and the glibc it needs
	@internal/tools/abi-check.sh $(LIBRARY)

.PHONY: repro-check
repro-check: build ## Check that a build elsewhere, from nothing, gives the same files
	@internal/tools/repro-check.sh $(VERSION)

.PHONY: clean
clean: ## Remove build/
	rm -rf build

.PHONY: FORCE
FORCE:
