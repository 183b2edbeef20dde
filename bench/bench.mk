# `make bench`: measures what has a budget in docs/performance.md.

BENCH_PACKAGES := valgrind strace gcc-aarch64-linux-gnu libc6-dev-arm64-cross lrzsz python3-serial \
  lua-luv lua-copas curl
CHART_PACKAGES := gnuplot-nox
PYTHON         ?= /usr/bin/python3
BENCH_BUILD    := build/bench
BENCH_PROGRAMS := $(addprefix $(BENCH_BUILD)/,peer relay instructions state)

.PHONY: deps-bench bench bench-links bench-programs bench-aarch64 bench-chart \
  bench-links-chart

deps-bench:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(BENCH_PACKAGES)

bench: deps-bench ## measures speed, memory and size against their budgets
	$(THEN) build bench-programs bench-aarch64
	@$(IN_PLACE) BENCH_BUILD=$(BENCH_BUILD) $(PYTHON) bench/run.py --json $(BENCH_BUILD)/bench.json $(BENCH_OPTIONS)

bench-links: deps-bench ## measures transfers over LTE-M, GPRS and NB-IoT, against curl
	$(THEN) build
	@$(IN_PLACE) $(PYTHON) bench/run.py --json $(BENCH_BUILD)/links.json \
	  --only links --only answers --only losses --only curl $(BENCH_OPTIONS)

bench-programs: $(BENCH_PROGRAMS)

$(BENCH_BUILD)/peer $(BENCH_BUILD)/relay: $(BENCH_BUILD)/%: bench/%.c bench/pace.h bench/terminal.h
	$(call SAY,CC,$<)
	$(Q)$(CC) $(STANDARD) $(WARNINGS) -O2 -o $@ $<

$(BENCH_BUILD)/instructions $(BENCH_BUILD)/state: $(BENCH_BUILD)/%: bench/%.c $(SANS_IO_SOURCES) \
  $(wildcard src/*/*.h)
	$(call SAY,CC,$<)
	$(Q)$(CC) $(STANDARD) $(WARNINGS) -O2 -g $(INCLUDES) -o $@ $(filter %.c,$^)

# The library as openwrt/bg96/Makefile packs it. -idirafter: a header of Debian's Lua is in the
# folder of the host's architecture.
AARCH64_CFLAGS = -Os -flto -idirafter /usr/include/$(shell $(CC) -print-multiarch)

bench-aarch64:
	@rm -rf $(BENCH_BUILD)/package
	$(THEN) install-library BUILD=$(BENCH_BUILD)/aarch64 CC=aarch64-linux-gnu-gcc SERIALPORT=no \
	  CFLAGS='$(AARCH64_CFLAGS)' LDFLAGS=-s UNWIND=no COMPACT=yes \
	  DESTDIR=$(abspath $(BENCH_BUILD))/package INST_LUADIR=/usr/lib/lua INST_LIBDIR=/usr/lib/lua

bench-chart: bench-links-chart ## draws the charts in docs/ from the results of `make bench`
	@$(PYTHON) bench/chart.py $(BENCH_BUILD)/bench.json docs/performance.svg

# From the last run that has them.
bench-links-chart: ## draws docs/links.svg from those of `make bench-links` or `make bench`
	@.ci/install-packages $(CHART_PACKAGES)
	@$(PYTHON) bench/chart_links.py \
	  $$(ls -t $(BENCH_BUILD)/links.json $(BENCH_BUILD)/bench.json 2>/dev/null | head -n 1) docs/links.svg
