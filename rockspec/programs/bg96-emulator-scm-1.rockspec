rockspec_format = "3.0"
package = "bg96-emulator"
version = "scm-1"

-- `make dist` writes the rockspec of a release, with its tarball as the source.
source = {
  url = "git+https://example.com/bg96.ftp.git",
}

description = {
  summary = "A Quectel BG96 modem without the hardware, on a pseudo-terminal",
  homepage = "https://example.com/bg96.ftp",
  issues_url = "https://example.com/bg96.ftp/issues",
  labels = { "emulator", "modem", "testing" },
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
  "bg96",
  "cqueues",
  "luaossl",
  "argparse",
}

-- What there is to compile and to install is the Makefile's knowledge alone.
local variables = {
  BUILD = "build/rock",
  CC = "$(CC)",
  CFLAGS = "$(CFLAGS)",
  LUA = "$(LUA)",
  LUA_INCDIR = "$(LUA_INCDIR)",
  INST_LUADIR = "$(LUADIR)",
  INST_LIBDIR = "$(LIBDIR)",
  INST_BINDIR = "$(BINDIR)",
  INST_MANDIR = "$(PREFIX)/doc/man",
  INST_BASHDIR = "$(PREFIX)/doc/bash-completion",
}

build = {
  type = "make",
  build_target = "build-emulator",
  install_target = "install-emulator",
  build_variables = variables,
  install_variables = variables,
}
