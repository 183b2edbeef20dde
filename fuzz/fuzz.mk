# `make fuzz`: libFuzzer with ASan and UBSan on everything that reads bytes.

FUZZ_PACKAGES := clang libclang-rt-dev
FUZZ_BUILD    := build/fuzz
FUZZ_ALL      := framer cursor listing modem
FUZZ_TARGETS  := $(FUZZ_ALL)
FUZZ_SECONDS  ?= 60
FUZZ_FLAGS    := -Werror -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
# An input may feed megabytes byte by byte: seconds, or many on a busy machine.
FUZZ_OPTIONS  := -dict=fuzz/dictionary -timeout=100 -print_final_stats=1 -verbosity=0

.PHONY: deps-fuzz fuzz fuzz-seeds run-fuzz run-fuzz-seeds

deps-fuzz:
	@.ci/install-packages $(BUILD_PACKAGES) $(FUZZ_PACKAGES)

# The corpus stays in build/, so that the next run goes on where this one ended.
fuzz: deps-fuzz ## fuzzes each target for FUZZ_SECONDS (60)
	$(THEN) run-fuzz

fuzz-seeds: deps-fuzz ## runs each fuzz target once over its seeds
	$(THEN) run-fuzz-seeds

FUZZ_SEEDS := $(FUZZ_BUILD)/seeds/made

$(FUZZ_SEEDS): fuzz/seeds.lua $(wildcard spec/transcripts/*.txt)
	@rm -rf $(@D)
	@mkdir -p $(addprefix $(@D)/,$(FUZZ_ALL))
	@$(LUA) fuzz/seeds.lua $(@D) $(wildcard spec/transcripts/*.txt)
	@touch $@

$(FUZZ_BUILD)/modem: fuzz/calls.c
$(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS)): $(FUZZ_BUILD)/%: fuzz/%.c $(SANS_IO_SOURCES) \
  $(wildcard src/*/*.h fuzz/*.h)
	$(call SAY,FUZZ,$<)
	$(Q)clang $(STANDARD) $(WARNINGS) $(FUZZ_FLAGS) -Isrc -I. -o $@ $(filter %.c,$^)

run-fuzz: $(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS)) $(FUZZ_SEEDS)
	@for target in $(FUZZ_TARGETS); do \
	  echo "$$target: $(FUZZ_SECONDS) s"; mkdir -p $(FUZZ_BUILD)/corpus/$$target; \
	  nice $(FUZZ_BUILD)/$$target $(FUZZ_OPTIONS) -max_total_time=$(FUZZ_SECONDS) \
	    -artifact_prefix=$(FUZZ_BUILD)/$$target- \
	    $(FUZZ_BUILD)/corpus/$$target $(FUZZ_BUILD)/seeds/$$target || exit; done

run-fuzz-seeds: $(addprefix $(FUZZ_BUILD)/,$(FUZZ_TARGETS)) $(FUZZ_SEEDS)
	@for target in $(FUZZ_TARGETS); do log=$(FUZZ_BUILD)/$$target.log; \
	  $(FUZZ_BUILD)/$$target -runs=0 -timeout=100 $(FUZZ_BUILD)/seeds/$$target >$$log 2>&1 || \
	    { cat $$log; exit 1; }; \
	  echo "$$target: $$(ls $(FUZZ_BUILD)/seeds/$$target | wc -l) seeds"; done
