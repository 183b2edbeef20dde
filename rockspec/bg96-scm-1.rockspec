rockspec_format = "3.0"
package = "bg96"
version = "scm-1"

-- `make dist` writes the rockspec of a release, with its tarball as the source.
source = {
  url = "git+https://example.com/bg96.ftp.git",
}

description = {
  summary = "Files over FTP(S) through a Quectel BG96 modem",
  detailed = [[
    Lets Lua programs put and get files with the FTP client that is built into
    Quectel's BG96 cellular modules, over any serial port. The program for a shell,
    bg96-ftp, and the emulator of the module are rocks of their own.]],
  homepage = "https://example.com/bg96.ftp",
  issues_url = "https://example.com/bg96.ftp/issues",
  labels = { "ftp", "modem", "serial" },
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
}

-- What there is to compile and to install is the Makefile's knowledge alone. It takes
-- libserialport where its header is found; SERIALPORT=no in the environment does without.
local variables = {
  BUILD = "build/rock",
  CC = "$(CC)",
  CFLAGS = "$(CFLAGS)",
  LUA = "$(LUA)",
  LUA_INCDIR = "$(LUA_INCDIR)",
  INST_LUADIR = "$(LUADIR)",
  INST_LIBDIR = "$(LIBDIR)",
}

build = {
  type = "make",
  build_target = "build-library",
  install_target = "install-library",
  build_variables = variables,
  install_variables = variables,
}

test = {
  type = "command",
  script = "spec/install/rock.lua",
}
