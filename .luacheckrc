-- The library runs on 5.1 to 5.4 and LuaJIT; the emulator and the specs on 5.4.
std = "min"
max_line_length = 100
codes = true
files["lua/bg96/emulator"] = { std = "lua54" }
files["bin/bg96-emulator"] = { std = "lua54" }
files["spec"] = { std = "lua54+busted" }
files["rockspec"] = {
  globals = {
    "rockspec_format", "package", "version", "source", "description", "dependencies",
    "external_dependencies", "build",
  },
}
