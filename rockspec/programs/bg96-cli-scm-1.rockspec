rockspec_format = "3.0"
package = "bg96-cli"
version = "scm-1"

source = {
  url = "git+file://.",
}

description = {
  summary = "bg96-ftp: files over FTP(S) through a Quectel BG96 modem, at a shell",
  license = "MIT",
}

dependencies = {
  "lua >= 5.1",
  "bg96",
  "argparse",
  "dkjson",
  "luafilesystem",
}

build = {
  type = "make",
  build_pass = false,
  install_target = "install-cli",
  install_variables = {
    LUA = "$(LUA)",
    INST_LUADIR = "$(LUADIR)",
    INST_BINDIR = "$(BINDIR)",
    INST_MANDIR = "$(PREFIX)/doc/man",
    INST_BASHDIR = "$(PREFIX)/doc/bash-completion",
  },
}
