# Two commands matter: `make run` and `make test`. Each sets up what it needs on a fresh Debian 12.
.DEFAULT_GOAL := help
.PHONY: help run test ci bench soak fuzz asan tsan lint docs format install-deps clean
JOBS ?= $(shell nproc)
export JOBS

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: ## Build, serve the shop's topology, and play shoppers at it (DEMO=0: without them)
	@scripts/setup build
	@cmake --preset release -DMILLRACE_TESTS=OFF -DMILLRACE_BENCH=OFF --log-level=WARNING
	@cmake --build --preset release -j $(JOBS) --target millrace
	@scripts/demo

test: ## Run the tests that must pass (CI=true: also under sanitizers, and fuzzing)
	@scripts/setup test
	@scripts/test

ci: ## The same as the gate does it: all stages, with longer fuzzing
	@.ci/run

bench: ## Build for speed and print the table of the benches
	@scripts/setup build bench load
	@cmake --preset release -DMILLRACE_TESTS=OFF -DMILLRACE_BENCH=ON --log-level=WARNING
	@cmake --build --preset release -j $(JOBS) --target millrace millrace_bench protocols_bench
	@mkdir -p build/bench
	@build/release/bench/millrace_bench
	@build/release/bench/protocols_bench
	@bench/load/main.py build/release/app/millrace

soak: ## Run the suites that have a longer form, in that form
	@scripts/setup test
	@scripts/test soak

asan: ## Run the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@scripts/setup test
	@scripts/test asan

tsan: ## Run the tests under ThreadSanitizer
	@scripts/setup test
	@scripts/test tsan

fuzz: ## Fuzz every target for SECONDS (60)
	@scripts/setup fuzz
	@scripts/test fuzz --fuzz-seconds $(or $(SECONDS),60)

lint: ## Check the format, and what changed since origin/main with clang-tidy (ALL=1: everything)
	@scripts/setup build test bench lint
	@scripts/lint $(if $(ALL),--all)

docs: ## Write what the program says about itself: the topology's schema and the reference page
	@scripts/setup build
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev -j $(JOBS) --target millrace
	@scripts/docs build/dev/app/millrace

format: ## Format every source
	@scripts/setup lint
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs -r clang-format-14 -i

install-deps: ## Install all the Debian packages that any target here needs
	@scripts/setup build test bench lint fuzz sdk load

clean: ## Delete what was built
	@rm -rf build
