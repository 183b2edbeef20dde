# bg96.ftp: build, run, check and install. `make` alone explains the targets.
#
# What may be set: LUA (lua5.4, lua5.1, lua5.3, luajit), CC, CFLAGS, LDFLAGS,
# LUA_INCDIR, SERIALPORT=no (termios only), UNWIND=no, LOOPBACK=no, PREFIX, DESTDIR, V=1 (show
# commands).

LUA    ?= lua5.4
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g

LUA_NAME := $(notdir $(LUA))
BUILD    ?= build/$(LUA_NAME)

# --------------------------------------------------- what the machine offers

# 5.1, 5.3 or 5.4; from the name if the interpreter cannot be run (cross builds).
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

# libserialport where its header is, or what SERIALPORT=yes or =no says.
SERIALPORT_CFLAGS := $(SERIALPORT_INCDIR:%=-I%) $(shell pkg-config --cflags libserialport 2>/dev/null)
SERIALPORT := $(or $(SERIALPORT),$(shell $(CC) $(SERIALPORT_CFLAGS) -include libserialport.h \
  -E -x c /dev/null >/dev/null 2>&1 && echo yes || echo no))

ifeq ($(SERIALPORT),no)
SERIALPORT_CFLAGS := -DBG96_WITHOUT_LIBSERIALPORT
SERIALPORT_LIBS   :=
else
SERIALPORT_LIBS   := $(SERIALPORT_LIBDIR:%=-L%) \
  $(or $(shell pkg-config --libs libserialport 2>/dev/null),-lserialport)
endif

LUAS            := lua5.4 lua5.3 lua5.1 luajit
PACKAGES_lua5.1 := lua5.1 liblua5.1-0-dev
PACKAGES_lua5.3 := lua5.3 liblua5.3-dev
PACKAGES_lua5.4 := lua5.4 liblua5.4-dev
PACKAGES_luajit := luajit libluajit-5.1-dev
BUILD_PACKAGES  := build-essential pkg-config $(PACKAGES_$(LUA_NAME)) libserialport-dev
CLI_PACKAGES    := lua-argparse lua-dkjson lua-cjson lua-filesystem
DEMO_PACKAGES   := lua-cqueues lua-luaossl lua-argparse python3 python3-pyftpdlib python3-openssl
# Stand-ins for the cross compiler's Luas, and a router's shell.
OPENWRT_PACKAGES := $(PACKAGES_lua5.1) $(PACKAGES_lua5.4) busybox-static
TEST_PACKAGES   := lua-busted lua-luv lua-copas $(OPENWRT_PACKAGES)
# Unpacked below build/, never installed: these exclude each other, and would
# start by themselves.
SERVER_PACKAGES := vsftpd proftpd-core proftpd-mod-crypto pure-ftpd
MEMORY_PACKAGES := valgrind
UART_PACKAGES   := qemu-system-x86 busybox-static cpio
LINT_PACKAGES   := lua-check clang clang-format mandoc musl-tools
ROCK_PACKAGES   := luarocks

# ----------------------------------------------------------- what is built

# core.so is the driver; the others, of one source each, belong to the programs.
PROGRAM_SOURCES  := $(wildcard src/emulator/*.c src/cli/*.c)
PROGRAM_OBJECTS  := $(PROGRAM_SOURCES:%.c=$(BUILD)/obj/%.o)
PROGRAM_MODULES  := $(PROGRAM_SOURCES:src/%.c=$(BUILD)/bg96/%.so)
EMULATOR_MODULES := $(filter $(BUILD)/bg96/emulator/%,$(PROGRAM_MODULES))
CLI_MODULES      := $(filter $(BUILD)/bg96/cli/%,$(PROGRAM_MODULES))
CORE_SOURCES := $(wildcard $(addsuffix /*.c,src/at src/modem src/ftp src/port src/lua))
# Only the specs open a port in memory.
ifeq ($(LOOPBACK),no)
CORE_SOURCES := $(filter-out %/loopback.c,$(CORE_SOURCES))
endif
# The core without Lua and ports, as the fuzzers and the bench link it.
SANS_IO_SOURCES := $(wildcard $(addsuffix /*.c,src/at src/modem src/ftp))
CORE_OBJECTS := $(CORE_SOURCES:%.c=$(BUILD)/obj/%.o)

# Modules for the specs only.
SPEC_MODULES := $(patsubst %.c,$(BUILD)/%.so,$(wildcard spec/support/*.c))

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
  -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wpointer-arith \
  -Wvla -Wundef -Wformat=2 -Werror=implicit-function-declaration

# -isystem keeps our warnings out of Lua's headers.
STANDARD := -std=c11 -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -D_FILE_OFFSET_BITS=64
INCLUDES := -Isrc -isystem $(LUA_INCDIR) $(SERIALPORT_CFLAGS) \
  $(if $(filter no,$(LOOPBACK)),-DBG96_WITHOUT_LOOPBACK)

# LuaJIT throws errors through C by the tables that unwind the stack, and loads what was
# built for 5.1. Not every target has the tables by itself. UNWIND=no saves a sixth of the
# module's size where no LuaJIT will load it.
UNWIND ?= $(if $(filter 5.1,$(LUA_VERSION)),yes,default)
UNWIND_yes := -funwind-tables
UNWIND_no  := -fno-unwind-tables -fno-asynchronous-unwind-tables

# Hidden: only luaopen_* is for others.
COMPILE = $(CC) $(STANDARD) $(WARNINGS) $(UNWIND_$(UNWIND)) $(CFLAGS) -fPIC -fvisibility=hidden \
  $(INCLUDES)
LINK    = $(CC) -shared $(CFLAGS) $(LDFLAGS)

Q   := $(if $(V),,@)
SAY  = @mkdir -p $(@D)$(if $(V),,; printf '  %-5s %s\n' '$(1)' '$(2)')

.DEFAULT_GOAL := help
HELP_FILES := Makefile bench/bench.mk fuzz/fuzz.mk
.DELETE_ON_ERROR:
.SECONDARY:

# Every target that is a plain word makes no file.
.PHONY: $(shell awk -F: '/^[a-z][a-z-]*:/ { print $$1 }' $(HELP_FILES)) FORCE

help: ## shows this list
	@echo 'bg96.ftp: files over FTP through a Quectel BG96 modem. Targets:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(HELP_FILES)

deps: ## installs the missing packages of all targets
	@.ci/install-packages $(BUILD_PACKAGES) $(CLI_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) \
	  $(MEMORY_PACKAGES) $(LINT_PACKAGES) $(ROCK_PACKAGES)

deps-build:
	@.ci/install-packages $(BUILD_PACKAGES)

deps-demo:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES)

deps-test:
	@.ci/install-packages $(BUILD_PACKAGES) $(CLI_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES)

deps-servers:
	@.ci/unpack-packages build/servers $(SERVER_PACKAGES)

deps-luas:
	@.ci/install-packages $(BUILD_PACKAGES) $(foreach lua,$(LUAS),$(PACKAGES_$(lua))) \
	  $(CLI_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) $(ROCK_PACKAGES)

deps-memory:
	@.ci/install-packages $(BUILD_PACKAGES) $(CLI_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) \
	  $(MEMORY_PACKAGES)

deps-uart:
	@.ci/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(UART_PACKAGES)

deps-lint:
	@.ci/install-packages $(BUILD_PACKAGES) $(PACKAGES_lua5.1) $(PACKAGES_luajit) $(LINT_PACKAGES)

build: build-library build-cli build-emulator ## compiles the modules into build/$(LUA)

build-library: $(BUILD)/bg96/core.so

build-cli: $(CLI_MODULES)

build-emulator: $(EMULATOR_MODULES)

$(BUILD)/bg96/core.so: $(CORE_OBJECTS)
	$(call SAY,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(SERIALPORT_LIBS)

$(PROGRAM_MODULES): $(BUILD)/bg96/%.so: $(BUILD)/obj/src/%.o
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

-include $(CORE_OBJECTS:.o=.d) $(PROGRAM_OBJECTS:.o=.d)

# ------------------------------------------------------------- run and check

LUA_PATH_HERE  := $(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;
LUA_CPATH_HERE := $(abspath $(BUILD))/?.so;;
IN_PLACE        = LUA_PATH='$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)' LUA='$(LUA)'

# A new make for the build, because it has to look for Lua after the packages are installed.
THEN = @$(MAKE) --no-print-directory

env: ## prints the variables that let Lua and the shell find the build, for `eval "$(make -s env)"`
	@echo 'export PATH="$(CURDIR)/bin:$$PATH"'
	@echo 'export LUA_PATH="$(LUA_PATH_HERE)"'
	@echo 'export LUA_CPATH="$(LUA_CPATH_HERE)"'

demo: deps-demo ## sends a file through the emulated module to a real FTP server and back
	$(THEN) build
	@$(IN_PLACE) exec examples/demo.sh

test: deps-test deps-servers ## runs the specs; HABITS=FILE: with a module of these habits
	$(THEN) run-specs

test-luas: ## runs the specs on Lua 5.4, 5.3, 5.1 and LuaJIT
	@.ci/test-luas $(LUAS)

test-install: deps-luas ## installs for each Lua, also as a rock, and uses the result
	@.ci/test-install $(LUAS)
	@.ci/test-compact $(LUAS)

# TESTER goes before the interpreter: another program, or variables. HABITS is a habits file, or
# the name of habits that come with the emulator.
run-specs: build $(SPEC_MODULES)
	@$(IN_PLACE) $(HABITS:%=HABITS='%') $(TESTER) $(LUA) spec/support/busted.lua \
	  --cpath='$(BUILD)/?.so' $(if $(HABITS),--helper=spec.support.habits) $(BUSTED_OPTIONS)

test-openwrt: deps-test ## builds the packages in a real tree of OpenWrt and uses them: TREE=
	@.ci/test-openwrt $(TREE) $(OPENWRT_ARGUMENTS)

MACHINES ?= s390x armhf aarch64 mips mipsel

test-machines: deps-test ## runs specs and a transfer on other machines, under qemu-user: MACHINES=
	@.ci/test-machines $(MACHINES)

# lua-eco and libubox have no packages in Debian. What is given is used as it is: lua-eco's
# interpreter, with the LUA that it was built with; the folder of libubox's uloop.so.
test-eco: deps-test ## runs the event loop's specs in a real lua-eco: ECO=interpreter LUA=its Lua
	$(THEN) run-specs TESTER='env ECO=$(abspath $(ECO))' BUSTED_OPTIONS='spec/real/eco_spec.lua'

test-uloop: deps-test ## runs the event loop's specs in a real uloop: UBOX=folder of uloop.so
	$(THEN) run-specs LUA=lua5.1 TESTER='env UBOX=$(abspath $(UBOX))' \
	  BUSTED_OPTIONS='--filter=uloop spec/openwrt/uloop_spec.lua spec/real/loops_spec.lua \
	    spec/real/loop_examples_spec.lua'

coverage-manual: deps-build ## prints which forms of the manual's commands are covered
	$(THEN) build
	@$(IN_PLACE) $(LUA) -e 'os.exit(require("spec.support.coverage").print(print))'

docs: deps-build ## generates the tables in docs/ from those of the code
	$(THEN) build
	@$(IN_PLACE) $(LUA) -e 'require("spec.support.pages").write()'

# One source: the comments where the calls are defined. LDoc's warnings are errors.
reference: ## generates the reference of every call in build/reference
	@.ci/install-packages lua-ldoc
	@mkdir -p build
	@ldoc --testing --fatalwarnings --quiet -c docs/reference.ld .
	@echo build/reference/index.html

# Files in memory if there is such a folder, because every fsync takes time.
simulate-transfers: deps-test ## runs N (2000) uploads and downloads with random faults
	$(THEN) run-specs TESTER='env TRANSFERS=$(or $(N),2000) $(SEED:%=SEED=%) \
	    TMPDIR=$(firstword $(wildcard /dev/shm) /tmp)' \
	  BUSTED_OPTIONS='spec/transfer/simulation_spec.lua'

# A round trip mostly waits, so eight run side by side.
ROUNDTRIP_JOBS := 1 2 3 4 5 6 7 8

roundtrips: deps-test ## makes N (200) round trips on ptys, with faults and killed clients
	$(THEN) build
	@export LUA_PATH='$(CURDIR)/?.lua;$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)'; \
	  pids=; status=0; for job in $(ROUNDTRIP_JOBS); do \
	    $(LUA) spec/support/roundtrips.lua $$(( ($(or $(N),200) + 7) / 8 )) $(or $(SEED),1)$$job & \
	    pids="$$pids $$!"; \
	  done; for pid in $$pids; do wait $$pid || status=1; done; exit $$status

soak: deps-test ## works for HOURS (1) and checks memory and descriptors
	$(THEN) build
	@LUA_PATH='$(CURDIR)/?.lua;$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)' LUA='$(LUA)' \
	  $(LUA) spec/support/endurance.lua $(or $(HOURS),1)

# In a mount namespace of its own, for the small disks that get full.
soak-spool: deps-test ## runs the spool service for SECONDS (600) with faults, restarts and full disks
	$(THEN) run-soak-spool

run-soak-spool: build
	@export LUA_PATH='$(CURDIR)/?.lua;$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)' LUA='$(LUA)'; \
	  $$(unshare --map-root-user --mount true 2>/dev/null && echo unshare --map-root-user --mount) \
	  $(LUA) spec/chaos/spool.lua $(or $(SECONDS),600) $(or $(SEED),1)

# One SEED and KIND (raw, virtual, run, cqueues, luv) replays what has failed.
chaos: deps-test ## calls, callbacks, cancellations and faults at random: SECONDS=, SEED=, KIND=
	$(THEN) run-chaos

run-chaos: build
	@LUA_PATH='$(CURDIR)/?.lua;$(LUA_PATH_HERE)' LUA_CPATH='$(LUA_CPATH_HERE)' LUA='$(LUA)' \
	  $(TESTER) $(LUA) spec/chaos/main.lua $(or $(SECONDS),60) '$(SEED)' '$(KIND)'

# A run of SEEDS seeds from FIRST on, or of one; a failure is told as a story.
SEEDS ?= 2000
FIRST ?= 1
JOBS  ?= $(shell nproc)

simulate: deps-test ## runs driver and emulator on a virtual clock with faults: SEEDS=, FIRST=, SEED=, JOBS=
	$(THEN) run-simulation

run-simulation: build
	@$(IN_PLACE) $(LUA) spec/simulation/main.lua \
	  $(if $(SEED),$(SEED) 1,$(FIRST) $(SEEDS) $(JOBS) $(if $(STOP),stop))

# Mistakes are planted in a copy, which is deleted afterwards.
mutations: deps-test ## plants mistakes in the driver, which the tests must find: MUTATION=NAME
	$(THEN) build
	@rm -rf build/mutations && mkdir -p build/mutations/build
	@cp -a Makefile .busted .ci bench bin fuzz lua spec src build/mutations
	@cp -a $(BUILD) build/mutations/build
	@$(IN_PLACE) $(LUA) spec/mutations/run.lua build/mutations $(or $(MUTATION_SEEDS),300) '$(MUTATION)'
	@rm -rf build/mutations

test-memory: test-asan test-valgrind ## runs the specs under ASan, UBSan and valgrind

# Specs with the tag timing mean nothing under these tools. Those with the tags servers and
# simulation run no code of the driver that others do not.
UNTIMED := --exclude-tags=timing,servers,simulation

# The interpreter is not instrumented, so the sanitizer has to be loaded before it.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=undefined
PRELOAD   = LSAN_OPTIONS=suppressions=$(CURDIR)/spec/support/lsan.supp:print_suppressions=0 \
  LD_PRELOAD=$(shell $(CC) -print-file-name=libasan.so)

# The emulator that the specs start runs without the sanitizer, from the usual build. Specs
# with real parts mostly wait. ASAN_SPECS=spec runs all.
ASAN_SPECS ?= $(addprefix spec/,at port modem ftp transfer emulator manual real/pty_spec.lua)

test-asan: deps-memory
	$(THEN) build
	$(THEN) run-specs BUILD=build/asan/$(LUA_NAME) CFLAGS='$(SANITIZE)' TESTER='$(PRELOAD)' \
	  BUSTED_OPTIONS='$(UNTIMED) $(or $(BUSTED_OPTIONS),$(ASAN_SPECS))'

# The same sequences under ASan and UBSan.
chaos-asan: deps-memory
	$(THEN) build
	$(THEN) run-chaos BUILD=build/asan/$(LUA_NAME) CFLAGS='$(SANITIZE)' TESTER='env $(PRELOAD)'

VALGRIND := valgrind --quiet --error-exitcode=1 --leak-check=full \
  --show-leak-kinds=definite --errors-for-leak-kinds=definite \
  --suppressions=spec/support/valgrind.supp

# Valgrind also checks what the interpreter, which is not instrumented, does with the core's
# memory. It is thirty times slower, so each layer of the driver runs once.
# VALGRIND_SPECS=spec runs all, in an hour.
VALGRIND_SPECS ?= spec/at $(patsubst %,spec/%_spec.lua,port/port modem/services modem/allocation \
  modem/sharing modem/run ftp/put_and_get real/pty)

test-valgrind: deps-memory
	$(THEN) run-specs TESTER='$(VALGRIND)' \
	  BUSTED_OPTIONS='$(UNTIMED) $(or $(BUSTED_OPTIONS),$(VALGRIND_SPECS))'

# An emulated machine with a UART and a USB adapter.
UART_GUEST := build/uart

test-uart: deps-uart ## runs the driver on a real UART and USB adapter, in QEMU
	$(THEN) build
	$(THEN) run-uart

run-uart: $(SPEC_MODULES)
	@LUA='$(LUA)' spec/uart/make-guest $(UART_GUEST) $(BUILD)
	@$(IN_PLACE) $(LUA) spec/uart/host.lua $(UART_GUEST)

C_FILES   = $(shell find src spec bench fuzz -name '*.[ch]' | sort)
LUA_FILES = lua examples docs spec bench fuzz $(wildcard bin/*) \
  $(shell find rockspec -name '*.rockspec') .luacheckrc .busted

lint: deps-lint ## checks format, warnings of two compilers, Lua and layers
	$(THEN) check-format check-lua check-man check-warnings layers

check-format:
	@echo 'clang-format'
	@status=0; for file in $(C_FILES); do clang-format "$$file" | cmp -s - "$$file" || \
	  { echo "$$file: \`make format\` would change it"; status=1; }; done; exit $$status

check-lua:
	@luacheck --quiet --no-color $(LUA_FILES)

# The pages refer to each other, and are not installed.
check-man:
	@echo 'mandoc'
	@! mandoc -T lint -W style docs/man/*.1 | grep -v 'referenced manual not found'

check-warnings:
	$(THEN) build BUILD=build/lint/gcc CC=gcc CFLAGS='-O2 -Werror'
	$(THEN) build BUILD=build/lint/clang CC=clang CFLAGS='-O2 -Werror'
	$(THEN) build BUILD=build/lint/termios CC=gcc CFLAGS='-Os -Werror' SERIALPORT=no LOOPBACK=no
	$(THEN) build BUILD=build/lint/lua5.1 LUA=lua5.1 CFLAGS='-O2 -Werror'
	$(THEN) build BUILD=build/lint/luajit LUA=luajit CFLAGS='-O2 -Werror'
	$(THEN) check-32bit check-musl
	$(call SAY,CHECK,fuzz bench)
	$(Q)clang $(STANDARD) $(WARNINGS) -Werror -fsyntax-only $(INCLUDES) -I. $(wildcard fuzz/*.c bench/*.c)

# As a compiler for a 32-bit router would warn. Debian's headers for x86-64 serve 32 bits too,
# but for one that says which functions are stubs.
check-32bit:
	$(call SAY,CHECK,32 bits)
	@mkdir -p build/lint/32/gnu && : >build/lint/32/gnu/stubs-32.h
	$(Q)case $$($(CC) -dumpmachine) in x86_64-*) \
	  $(CC) -m32 $(STANDARD) $(WARNINGS) -Werror -fsyntax-only -DBG96_WITHOUT_LIBSERIALPORT \
	    $(INCLUDES) -idirafter build/lint/32 -idirafter /usr/include/$$($(CC) -print-multiarch) \
	    $(filter-out src/port/serialport.c,$(CORE_SOURCES)) $(PROGRAM_SOURCES) ;; \
	*) echo 'left out: not a compiler for x86-64' ;; esac

# The C library of OpenWrt: it takes our sources, and has each function that they call. The
# kernel's headers are taken from beside glibc's.
MUSL_LIBC = /usr/lib/$$(uname -m)-linux-musl/libc.so

check-musl:
	$(THEN) build BUILD=build/lint/musl CC=musl-gcc SERIALPORT=no CFLAGS='-Os -Werror \
	  -idirafter /usr/include/$(shell $(CC) -print-multiarch) -idirafter /usr/include'
	$(call SAY,CHECK,musl)
	@nm -D --defined-only $(MUSL_LIBC) | sed 's/.* //; s/@.*//' | sort >build/lint/musl/there
	@find build/lint/musl -name '*.so' -exec nm -D --undefined-only {} + | \
	  awk '$$1 == "U" && $$2 !~ /^luaL?_/ { print $$2 }' | sort -u >build/lint/musl/called
	@! comm -13 build/lint/musl/there build/lint/musl/called | grep . || \
	  { echo 'musl has none of these'; exit 1; }

layers: ## checks that every include and require points downwards
	@$(LUA) spec/support/layers.lua

completion: ## generates the bash completion of the programs
	@$(IN_PLACE) $(LUA) docs/completion/generate.lua

format: ## formats the C files
	clang-format -i $(C_FILES)

# ------------------------------------------------------------------- install

# Three parts, each also a rock: the library, which needs only Lua, and the two programs,
# which need small C modules for what Lua does not offer.
INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
INST_BINDIR ?= $(PREFIX)/bin
INST_MANDIR ?= $(PREFIX)/share/man
INST_DOCDIR ?= $(PREFIX)/share/doc
INST_BASHDIR ?= $(PREFIX)/share/bash-completion/completions

LIBRARY_LUA  = $(shell cd lua && find bg96 -name '*.lua' \
  ! -path 'bg96/cli/*' ! -path 'bg96/emulator/*' ! -path 'bg96/survey/*' \
  $(if $(COMPACT),! -name types.lua ! -name habits.lua))
CLI_LUA      = $(shell cd lua && find bg96/cli bg96/survey $(if $(COMPACT),bg96/habits.lua) -name '*.lua')
EMULATOR_LUA = $(shell cd lua && find bg96/emulator -name '*.lua')

# In flash the library has what itself needs: the format of habits files is with the command line.
# COMPACT=yes, for flash: without indentation, comments, and the annotations for editors. Lines
# keep their numbers. A comment behind code is one where no quote follows.
COMPACT_LUA := sed -i -E "s/^ +//; s/^--.*//; s/ +-- [^\"']*$$//"

INSTALL_LUA = @for file in $(1); do \
  to="$(DESTDIR)$(INST_LUADIR)/$$file"; \
  install -D -m 644 "lua/$$file" "$$to" $(if $(COMPACT),&& $(COMPACT_LUA) "$$to") || exit; done
# A program runs with the Lua that it was installed for.
INSTALL_PROGRAM = @install -D -m 755 bin/$(1) "$(DESTDIR)$(INST_BINDIR)/$(1)" && \
  sed -i '1s|lua5\.4|$(LUA_NAME)|' "$(DESTDIR)$(INST_BINDIR)/$(1)" && \
  install -D -m 644 docs/man/$(1).1 "$(DESTDIR)$(INST_MANDIR)/man1/$(1).1" && \
  install -D -m 644 docs/completion/$(1).bash "$(DESTDIR)$(INST_BASHDIR)/$(1)"
INSTALL_MODULES = @for file in $(1); do \
  install -D -m 755 "$$file" "$(DESTDIR)$(INST_LIBDIR)/$${file\#$(BUILD)/}" || exit; done

install: install-library install-cli install-emulator ## installs into PREFIX (/usr/local), below DESTDIR

install-library: build-library
	$(call INSTALL_LUA,$(LIBRARY_LUA))
	$(call INSTALL_MODULES,$(BUILD)/bg96/core.so)

install-cli: build-cli
	$(call INSTALL_LUA,$(CLI_LUA))
	$(call INSTALL_MODULES,$(CLI_MODULES))
	$(call INSTALL_PROGRAM,bg96-ftp)
	@install -D -m 644 docs/bg96-ftp.conf "$(DESTDIR)$(INST_DOCDIR)/bg96-ftp/bg96-ftp.conf"

install-emulator: build-emulator
	$(call INSTALL_LUA,$(EMULATOR_LUA))
	$(call INSTALL_MODULES,$(EMULATOR_MODULES))
	$(call INSTALL_PROGRAM,bg96-emulator)

# ------------------------------------------------------------------- release

# The version stands in lua/bg96/ftp.lua alone. No place to publish has been chosen: with
# another PROJECT_URL and RELEASE_URL (where the tarball will be), see docs/releasing.md.
PLACEHOLDER_URL := https://example.com/bg96.ftp
PROJECT_URL ?= $(PLACEHOLDER_URL)
RELEASE_URL ?= $(PROJECT_URL)/releases

DIST     ?= build/dist
VERSION   = $(shell sed -n 's/^  version = "\(.*\)",$$/\1/p' lua/bg96/ftp.lua)
TARBALL   = $(DIST)/bg96-$(VERSION).tar.gz
ROCKSPECS = bg96-scm-1 programs/bg96-cli-scm-1 programs/bg96-emulator-scm-1

# The same bytes from the same commit, and from the unpacked tarball, on any machine.
IS_CHECKOUT = $(wildcard .git)
DIST_FILES  = $(if $(IS_CHECKOUT),git ls-files,find . -type f ! -path './build/*' | sed 's|^\./||')
DIST_EPOCH  = $(or $(SOURCE_DATE_EPOCH),\
  $(shell $(if $(IS_CHECKOUT),git log -1 --format=%ct,stat -c %Y Makefile)))

dist: ## makes the tarball of a release, its hash, its rockspecs and its OpenWrt package
	@rm -rf $(DIST) && mkdir -p $(DIST)/openwrt
	@$(DIST_FILES) >$(DIST)/files && LC_ALL=C sort -o $(DIST)/files $(DIST)/files
	@tar --create --file=$(TARBALL:.gz=) --format=ustar --files-from=$(DIST)/files \
	  --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' --mtime=@$(DIST_EPOCH) \
	  --transform='s|^|bg96-$(VERSION)/|'
	@rm $(DIST)/files && gzip -9n $(TARBALL:.gz=)
	@cd $(DIST) && sha256sum $(notdir $(TARBALL)) | tee $(notdir $(TARBALL)).sha256
	@cp -a openwrt/bg96 $(DIST)/openwrt
	@sha256=$$(cut -d ' ' -f 1 $(TARBALL).sha256) && \
	  awk -v version=$(VERSION) -v url=$(RELEASE_URL)/ -v hash=$$sha256 \
	    -f openwrt/release.awk openwrt/bg96/Makefile | \
	  sed 's|$(PLACEHOLDER_URL)|$(PROJECT_URL)|' >$(DIST)/openwrt/bg96/Makefile
	@for rockspec in $(ROCKSPECS); do name=$${rockspec##*/}; \
	  sed -e 's|"git+$(PLACEHOLDER_URL)\.git"|"$(RELEASE_URL)/$(notdir $(TARBALL))"|' \
	    -e 's|$(PLACEHOLDER_URL)|$(PROJECT_URL)|' -e 's|"scm-1"|"$(VERSION)-1"|' \
	    -e 's|"bg96",|"bg96 == $(VERSION)",|' -e '/^-- `make dist` /d' \
	    rockspec/$$rockspec.rockspec >$(DIST)/$${name%scm-1}$(VERSION)-1.rockspec || exit; done

rocks: ## packs the rocks of `make dist`, from the tarball at RELEASE_URL
	@cd $(DIST) && for rockspec in *.rockspec; do \
	  luarocks lint $$rockspec && luarocks pack $$rockspec || exit; done

# What has to be so before a tag is set.
check-release: ## checks changelog, version, tree and addresses of a release
	@grep -q '^## \[$(VERSION)\] - [0-9-]*$$' CHANGELOG.md || \
	  { echo 'CHANGELOG.md has no "## [$(VERSION)] - YYYY-MM-DD"'; exit 1; }
	@[ -z "$$(git status --porcelain)" ] || { echo 'The tree has changes.'; exit 1; }
	@! git rev-parse -q --verify 'refs/tags/v$(VERSION)^{commit}' >/dev/null || \
	  [ "$$(git rev-parse 'v$(VERSION)^{commit}')" = "$$(git rev-parse HEAD)" ] || \
	  { echo 'v$(VERSION) is the tag of another commit.'; exit 1; }
	@[ '$(PROJECT_URL)' != '$(PLACEHOLDER_URL)' ] || { echo 'Give PROJECT_URL.'; exit 1; }

clean: ## removes everything that was built
	rm -rf build

include bench/bench.mk fuzz/fuzz.mk
