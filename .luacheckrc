-- All of it runs on 5.1, 5.3, 5.4 and LuaJIT.
std = "min"
max_line_length = 100
codes = true
files["spec"] = { std = "min+busted" }
files["spec/mutations"] = { std = "lua54+busted" }
-- Declarations alone: nothing in them is used, and no parameter.
files["lua/bg96/types.lua"] = { ignore = { "212", "241" } }
files["rockspec"] = {
  globals = {
    "rockspec_format", "package", "version", "source", "description", "dependencies",
    "external_dependencies", "build",
  },
}
