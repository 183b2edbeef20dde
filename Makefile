# bg96.ftp: build, run, check and install. `make` alone explains the targets.
#
# What may be set: LUA (lua5.4, lua5.1, lua5.3, luajit), CC, CFLAGS, LDFLAGS,
# LUA_INCDIR, SERIALPORT=no (termios only), PREFIX, DESTDIR, V=1 (show commands).

LUA    ?= lua5.4
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g

LUA_NAME := $(notdir $(LUA))
BUILD    ?= build/$(LUA_NAME)

# --------------------------------------------------- what the machine offers

# 5.1, 5.3 or 5.4; from the name where the interpreter cannot be run (cross builds).
LUA_VERSION := $(or $(LUA_VERSION),\
  $(shell $(LUA) -e 'io.write((_VERSION:match("%d%.%d")))' 2>/dev/null),\
  $(patsubst lua%,%,$(patsubst luajit%,5.1,$(LUA_NAME))))

# The names that distributions give Lua, in pkg-config and below /usr/include.
LUA_PACKAGES := $(LUA_NAME) lua$(LUA_VERSION) lua-$(LUA_VERSION) lua$(subst .,,$(LUA_VERSION))
LUA_INCDIR   := $(or $(LUA_INCDIR),\
  $(patsubst -I%,%,$(firstword $(shell for name in $(LUA_PACKAGES); do \
    pkg-config --cflags-only-I $$name 2>/dev/null && break; done))),\
  $(patsubst %/lua.h,%,$(firstword $(wildcard $(foreach dir,/usr/include /usr/local/include,\
    $(LUA_PACKAGES:%=$(dir)/%/lua.h) $(dir)/lua.h)))),\
  /usr/include)

ifeq ($(SERIALPORT),no)
SERIALPORT_CFLAGS := -DBG96_WITHOUT_LIBSERIALPORT
SERIALPORT_LIBS   :=
else
SERIALPORT_CFLAGS := $(SERIALPORT_INCDIR:%=-I%) $(shell pkg-config --cflags libserialport 2>/dev/null)
SERIALPORT_LIBS   := $(SERIALPORT_LIBDIR:%=-L%) \
  $(or $(shell pkg-config --libs libserialport 2>/dev/null),-lserialport)
endif

BUILD_PACKAGES  := build-essential pkg-config lua5.4 liblua5.4-dev libserialport-dev
DEMO_PACKAGES   := lua-cqueues lua-luaossl lua-argparse python3 python3-pyftpdlib python3-openssl
TEST_PACKAGES   := lua-busted
MEMORY_PACKAGES := valgrind
UART_PACKAGES   := qemu-system-x86 busybox-static cpio
LINT_PACKAGES   := lua-check clang clang-format
ROCK_PACKAGES   := luarocks

# ----------------------------------------------------------- what gets built

# pty.so serves the emulator, core.so is the driver.
PTY_SOURCES  := $(wildcard src/lua/pty.c)
CORE_SOURCES := $(filter-out $(PTY_SOURCES),$(wildcard $(addsuffix /*.c,\
  src/at src/modem src/ftp src/port src/lua)))
# The core without Lua and ports, as the fuzzers and the bench link it.
SANS_IO_SOURCES := $(wildcard $(addsuffix /*.c,src/at src/modem src/ftp))
PTY_OBJECTS  := $(PTY_SOURCES:%.c=$(BUILD)/obj/%.o)
CORE_OBJECTS := $(CORE_SOURCES:%.c=$(BUILD)/obj/%.o)
MODULES      := $(BUILD)/bg96/core.so $(if $(PTY_SOURCES),$(BUILD)/bg96/pty.so)

# What only the specs load.
SPEC_MODULES := $(patsubst %.c,$(BUILD)/%.so,$(wildcard spec/support/*.c))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wpointer-arith \
  -Wvla -Wundef -Wformat=2 -Werror=implicit-function-declaration

# -isystem keeps our warnings out of Lua's headers.
STANDARD := -std=c11 -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700
INCLUDES := -Isrc -isystem $(LUA_INCDIR) $(SERIALPORT_CFLAGS)
COMPILE   = $(CC) $(STANDARD) $(WARNINGS) $(SMALL) $(CFLAGS) -fPIC -fvisibility=hidden $(INCLUDES)
LINK      = $(CC) -shared $(CFLAGS) -Wl,--gc-sections $(LDFLAGS)

# For flash that is counted in kilobytes: no tables to unwind the stack for
# exceptions, which C has not, and no function that nobody calls.
SMALL := -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections

Q   := $(if $(V),,@)
SAY  = @mkdir -p $(@D)$(if $(V),,; printf '  %-5s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := help
HELP_FILES    := Makefile bench/bench.mk fuzz/fuzz.mk
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help deps deps-build deps-demo deps-test deps-lint deps-memory deps-uart build env demo \
  test run-specs test-memory test-asan test-valgrind test-uart run-uart lint check-format check-lua \
  check-warnings format layers install clean FORCE

help: ## shows this list
	@echo 'bg96.ftp: files over FTP through a Quectel BG96 modem. Targets:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(HELP_FILES)

deps: ## installs what the other targets need, where it is missing
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) \
	  $(MEMORY_PACKAGES) $(LINT_PACKAGES) $(ROCK_PACKAGES)

deps-build:
	@.ci/install-packages $(BUILD_PACKAGES)

deps-demo:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES)

deps-test:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES)

deps-memory:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) $(MEMORY_PACKAGES)

deps-uart:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(UART_PACKAGES)

deps-lint:
	@.ci/install-packages $(BUILD_PACKAGES) $(LINT_PACKAGES)

build: $(MODULES) ## compiles the modules into build/$(LUA)

$(BUILD)/bg96/core.so: $(CORE_OBJECTS)
	$(call SAY,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(SERIALPORT_LIBS)

$(BUILD)/bg96/pty.so: $(PTY_OBJECTS)
	$(call SAY,LINK,$@)
	$(Q)$(LINK) -o $@ $^

$(BUILD)/spec/support/%.so: $(BUILD)/obj/spec/support/%.o
	$(call SAY,LINK,$@)
	$(Q)$(LINK) -o $@ $^ -ldl

$(BUILD)/obj/%.o: %.c $(BUILD)/command
	$(call SAY,CC,$<)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# Everything is compiled again when the command for it has changed.
$(BUILD)/command: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) / $(LINK)' | cmp -s - $@ || echo '$(COMPILE) / $(LINK)' > $@

-include $(CORE_OBJECTS:.o=.d) $(PTY_OBJECTS:.o=.d)

# ------------------------------------------------------------- run and check

LUA_PATH_HERE  := $(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;
LUA_CPATH_HERE := $(abspath $(BUILD))/?.so;;
IN_PLACE        = LUA_PATH='$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)' LUA='$(LUA)'

# A new make for the build: it has to look for Lua after the set-up, not before.
THEN = @$(MAKE) --no-print-directory

env: ## prints what `eval "$(make -s env)"` needs to let Lua load the build
	@echo 'export LUA_PATH="$(LUA_PATH_HERE)"'
	@echo 'export LUA_CPATH="$(LUA_CPATH_HERE)"'

demo: deps-demo ## sends a file through the emulated module to a real FTP server and back
	$(THEN) build
	@$(IN_PLACE) exec examples/demo.sh

test: deps-test ## runs the specs
	$(THEN) run-specs

# TESTER goes before the interpreter: another program, or settings of its own.
run-specs: build $(SPEC_MODULES)
	@$(IN_PLACE) $(TESTER) $(LUA) spec/support/busted.lua --cpath='$(BUILD)/?.so' $(BUSTED_OPTIONS)

test-memory: test-asan test-valgrind ## runs the specs under ASan, UBSan and valgrind

# Specs that judge times are tagged #timing: under these tools they mean nothing.
UNTIMED := BUSTED_OPTIONS='--exclude-tags=timing $(BUSTED_OPTIONS)'

# The interpreter is not instrumented, so the sanitizer has to be loaded before it.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=undefined
PRELOAD   = LSAN_OPTIONS=suppressions=$(CURDIR)/spec/support/lsan.supp:print_suppressions=0 \
  LD_PRELOAD=$(shell $(CC) -print-file-name=libasan.so)

# The emulator that the specs start runs without the sanitizer, from the usual build.
test-asan: deps-memory
	$(THEN) build
	$(THEN) run-specs BUILD=build/asan/$(LUA_NAME) CFLAGS='$(SANITIZE)' TESTER='$(PRELOAD)' $(UNTIMED)

VALGRIND := valgrind --quiet --error-exitcode=1 --leak-check=full \
  --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  --suppressions=spec/support/valgrind.supp

test-valgrind: deps-memory
	$(THEN) run-specs TESTER='$(VALGRIND)' $(UNTIMED)

# A machine of its own, emulated, with a UART and a USB adapter in it.
UART_GUEST := build/uart

test-uart: deps-uart ## runs the driver on a real UART and USB adapter, in QEMU
	$(THEN) build
	$(THEN) run-uart

run-uart: $(SPEC_MODULES)
	@LUA='$(LUA)' spec/uart/make-guest $(UART_GUEST) $(BUILD)
	@$(IN_PLACE) $(LUA) spec/uart/host.lua $(UART_GUEST)

C_FILES   = $(shell find src spec bench fuzz -name '*.[ch]' | sort)
LUA_FILES = lua examples spec bench fuzz $(wildcard bin/*) rockspec/bg96-scm-1.rockspec .luacheckrc .busted

lint: deps-lint ## checks format, warnings of two compilers, Lua and layers
	$(THEN) check-format check-lua check-warnings layers

check-format:
	@echo 'clang-format'
	@status=0; for file in $(C_FILES); do clang-format "$$file" | cmp -s - "$$file" || \
	  { echo "$$file: \`make format\` would change it"; status=1; }; done; exit $$status

check-lua:
	@luacheck --quiet --no-color $(LUA_FILES)

check-warnings:
	$(THEN) build BUILD=build/lint/gcc CC=gcc CFLAGS='-O2 -Werror'
	$(THEN) build BUILD=build/lint/clang CC=clang CFLAGS='-O2 -Werror'
	$(THEN) build BUILD=build/lint/termios CC=gcc CFLAGS='-Os -Werror' SERIALPORT=no

layers: ## checks that every include and require points downwards
	@$(LUA) spec/support/layers.lua

format: ## brings the C files into the common format
	clang-format -i $(C_FILES)

# ------------------------------------------------------------------- install

INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
INST_BINDIR ?= $(PREFIX)/bin

install: build ## installs into PREFIX (/usr/local), below DESTDIR
	@cd lua && for file in $$(find . -name '*.lua'); do \
	  install -D -m 644 "$$file" "$(DESTDIR)$(INST_LUADIR)/$$file" || exit; done
	@for file in $(MODULES); do \
	  install -D -m 755 "$$file" "$(DESTDIR)$(INST_LIBDIR)/bg96/$${file##*/}" || exit; done
	@for file in $(wildcard bin/*); do \
	  install -D -m 755 "$$file" "$(DESTDIR)$(INST_BINDIR)/$${file##*/}" || exit; done

clean: ## removes everything that was built
	rm -rf build

include bench/bench.mk fuzz/fuzz.mk
