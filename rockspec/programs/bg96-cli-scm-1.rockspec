rockspec_format = "3.0"
package = "bg96-cli"
version = "scm-1"

-- `make dist` writes the rockspec of a release, with its tarball as the source.
source = {
  url = "git+https://example.com/bg96.ftp.git",
}

description = {
  summary = "bg96-ftp: files over FTP(S) through a Quectel BG96 modem, at a shell",
  homepage = "https://example.com/bg96.ftp",
  issues_url = "https://example.com/bg96.ftp/issues",
  labels = { "ftp", "modem", "serial" },
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
  "bg96",
  "argparse",
  "dkjson",
  "luafilesystem",
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
  INST_DOCDIR = "$(PREFIX)/doc",
  INST_BASHDIR = "$(PREFIX)/doc/bash-completion",
}

build = {
  type = "make",
  build_target = "build-cli",
  install_target = "install-cli",
  build_variables = variables,
  install_variables = variables,
}
