# Prints a Lua file for routers: the same code on the same lines, without comments and without
# spaces that mean nothing, and with short names for local variables.
#
#   awk -f compact.awk FILE
#
# No scopes are worked out. A file's own variables get capital letters, those of one outermost
# function small ones, and two variables with different names keep different names within it.
# Local functions keep their names, which a traceback shows. So do variables that are called as
# one of Lua's globals, which the file may use as well.

BEGIN {
  split("and break do else elseif end false for function goto if in local nil not or repeat " \
    "return then true until while", list, " ")
  for (i in list) is_keyword[list[i]] = 1
  split("_ENV _G _VERSION arg assert bit32 collectgarbage coroutine debug dofile error " \
    "getfenv getmetatable io ipairs jit load loadfile loadstring math module next os package " \
    "pairs pcall print rawequal rawget rawlen rawset require select self setfenv " \
    "setmetatable string table tonumber tostring type unpack utf8 xpcall", list, " ")
  for (i in list) is_kept[list[i]] = 1
}

{ split_line($0) }

END {
  find_variables()
  name_variables()
  print_lines()
}

# ---------------------------------------------------------------------- tokens

# long is the end of a long string or comment, which may be in another line.
function split_line(rest,    n) {
  while (long != "" || rest != "") {
    if (long != "") {
      n = index(rest, long)
      add(long_kind, n ? substr(rest, 1, n + length(long) - 1) : rest)
      rest = n ? substr(rest, n + length(long)) : ""
      if (!n) break
      long = ""
    } else if (match(rest, /^[ \t\r]+/)) {
      is_apart = 1
      rest = substr(rest, RLENGTH + 1)
    } else if (match(rest, /^(--)?\[=*\[/)) {
      long_kind = rest ~ /^-/ ? "comment" : "string"
      long = substr(rest, 1, RLENGTH)
      gsub(/[^=]/, "", long)
      long = "]" long "]"
    } else if (rest ~ /^--/) {
      break
    } else {
      n = token_length(rest)
      add(kind, substr(rest, 1, n))
      rest = substr(rest, n + 1)
    }
  }
  is_apart = 0
}

function add(what, token) {
  if (what == "comment") { is_apart = 1; return }
  text[++count] = token
  type_of[count] = what
  line[count] = NR
  is_apart_at[count] = is_apart
  is_apart = 0
}

function token_length(rest,    quote, n) {
  if (match(rest, /^[A-Za-z_][A-Za-z_0-9]*/)) {
    kind = substr(rest, 1, RLENGTH) in is_keyword ? "keyword" : "name"
    return RLENGTH
  }
  if (match(rest, /^0[xX][0-9a-fA-F.]+([pP][-+]?[0-9]+)?/) ||
      match(rest, /^\.?[0-9][0-9.]*([eE][-+]?[0-9]+)?/)) {
    kind = "number"
    return RLENGTH
  }
  quote = substr(rest, 1, 1)
  if (quote == "\"" || quote == "'") {
    kind = "string"
    for (n = 2; n <= length(rest) && substr(rest, n, 1) != quote; n++)
      if (substr(rest, n, 1) == "\\") n++
    return n
  }
  kind = "operator"
  return match(rest, /^(\.\.\.|\.\.|[=~<>]=|::|\/\/|<<|>>)/) ? RLENGTH : 1
}

# ------------------------------------------------------------------- variables

# A name is a variable unless it is that of a field. region_of tells in which outermost function
# it is, with 0 for none.
function find_variables(    i) {
  for (i = 1; i <= count; i++) {
    if (type_of[i] == "keyword") enter_or_leave(i)
    else if (type_of[i] == "operator") {
      if (text[i] ~ /^(\{|\(|\[)$/) nested[++depth] = text[i]
      else if (text[i] ~ /^(\}|\)|\])$/) depth--
    } else if (type_of[i] == "name" && !is_field(i)) {
      region_of[i] = here()
      is_used[here(), text[i]] = 1
    }
  }
}

function here() { return functions ? region : 0 }

# Behind a dot or colon, or a key in a table.
function is_field(i) {
  return text[i - 1] ~ /^[.:]$/ ||
    nested[depth] == "{" && text[i + 1] == "=" && text[i - 1] ~ /^[{,;]$/
}

function enter_or_leave(i) {
  if (text[i] ~ /^(if|do|repeat|function)$/) nested[++depth] = text[i]
  if (text[i] == "function") {
    if (!functions++) region++
    while (i < count && text[i] != "(") i++
    declare(i + 1)
  } else if (text[i] ~ /^(end|until)$/) {
    if (nested[depth--] == "function") functions--
  } else if (text[i] == "for") declare(i + 1)
  else if (text[i] == "local") {
    if (text[i + 1] == "function") is_kept[text[i + 2]] = 1
    else declare(i + 1)
  }
}

# The list of names that begins at token i.
function declare(i) {
  for (; type_of[i] == "name"; i += 2) {
    is_local[here(), text[i]] = 1
    if (text[i + 1] != ",") break
  }
}

# ----------------------------------------------------------------------- names

# In the order of their first use, as parameters come first in every function.
function name_variables(    i, r) {
  for (i = 1; i <= count; i++)
    if (i in region_of && (0, text[i]) in is_local) choose(0, text[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
  for (i = 1; i <= count; i++) {
    if (!(i in region_of) || (0, text[i]) in is_local) continue
    r = region_of[i]
    if ((r, text[i]) in is_local) choose(r, text[i], "abcdefghijklmnopqrstuvwxyz")
  }
}

function choose(r, name, letters,    short) {
  if (name in is_kept || (r, name) in short_name) return
  do short = letter(letters, chosen[r]++); while (is_taken(r, short))
  short_name[r, name] = short
}

function letter(letters, n) {
  return substr(letters, n % 26 + 1, 1) (n < 26 ? "" : int(n / 26))
}

# What a file's variables are called must mean nothing else in any function.
function is_taken(r, name,    i) {
  if (r) return (r, name) in is_used
  for (i = 0; i <= region; i++) if ((i, name) in is_used) return 1
  return 0
}

function renamed(i,    r) {
  if (!(i in region_of)) return text[i]
  r = (region_of[i], text[i]) in short_name ? region_of[i] : 0
  return (r, text[i]) in short_name ? short_name[r, text[i]] : text[i]
}

# ---------------------------------------------------------------------- output

function print_lines(    i, at, token, last) {
  at = 1
  for (i = 1; i <= count; i++) {
    for (; at < line[i]; at++) { printf "\n"; last = "" }
    token = renamed(i)
    printf "%s%s", is_apart_at[i] && needs_space(last, token) ? " " : "", token
    last = token
  }
  for (; at <= NR; at++) printf "\n"
}

# Where two tokens would become another.
function needs_space(last, token) {
  return last ~ /[A-Za-z_0-9]$/ && token ~ /^[A-Za-z_0-9]/ ||
    last ~ /[0-9.]$/ && token ~ /^\./ || last ~ /-$/ && token ~ /^-/ ||
    last ~ /\[$/ && token ~ /^(\[|=)/
}
