-- All of it runs on 5.1, 5.3, 5.4 and LuaJIT.
std = "min"
max_line_length = 100
codes = true
files["spec"] = { std = "min+busted" }
files["rockspec"] = {
  globals = {
    "rockspec_format", "package", "version", "source", "description", "dependencies",
    "external_dependencies", "build",
  },
}
