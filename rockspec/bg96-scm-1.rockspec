rockspec_format = "3.0"
package = "bg96"
version = "scm-1"

source = {
  url = "git+file://.",
}

description = {
  summary = "Files over FTP(S) through a Quectel BG96 modem",
  detailed = [[
    Lets Lua programs put and get files with the FTP client that is built into
    Quectel's BG96 cellular modules, over any serial port. The program for a shell,
    bg96-ftp, and the emulator of the module are rocks of their own.]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
}

external_dependencies = {
  SERIALPORT = { header = "libserialport.h", library = "serialport" },
}

-- What there is to compile and to install is the Makefile's knowledge alone.
local variables = {
  BUILD = "build/rock",
  CC = "$(CC)",
  CFLAGS = "$(CFLAGS)",
  LUA = "$(LUA)",
  LUA_INCDIR = "$(LUA_INCDIR)",
  SERIALPORT_INCDIR = "$(SERIALPORT_INCDIR)",
  SERIALPORT_LIBDIR = "$(SERIALPORT_LIBDIR)",
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
