#include "lua/core.h"

#include <string.h>
#include <time.h>

/* now() -> seconds of a clock that never goes back */
static int now(lua_State *L) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec / 1e9);
  return 1;
}

/* find_forbidden(text) -> byte that must not stand in an AT command's string,
 * or nil */
static int find_forbidden(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  int byte = at_text_find_forbidden(text, len);
  if (byte < 0) return 0;
  lua_pushinteger(L, byte);
  return 1;
}

/* strerror(errno) -> text */
static int error_text(lua_State *L) {
  lua_pushstring(L, strerror((int)luaL_checkinteger(L, 1)));
  return 1;
}

void core_set_function(lua_State *L, const char *name, lua_CFunction function) {
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, name);
}

void core_set_integer(lua_State *L, const char *name, int64_t value) {
  compat_push_int64(L, value);
  lua_setfield(L, -2, name);
}

void core_set_boolean(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

void core_set_string(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

int core_push_errno(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushinteger(L, error);
  lua_pushstring(L, strerror(error));
  return 3;
}

void core_new_type(lua_State *L, const char *type) {
  luaL_newmetatable(L, type);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
}

void *core_new_object(lua_State *L, const char *type, size_t size) {
  void *object = lua_newuserdata(L, size);
  memset(object, 0, size);
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
  return object;
}

int luaopen_bg96_core(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_core(lua_State *L) {
  luaL_checkversion(L);
  core_register_modem(L);
  core_register_task(L);
  core_register_watch(L);
  lua_newtable(L);
  core_set_function(L, "open", core_open);
  core_set_function(L, "loopback", core_open_loopback);
  core_set_function(L, "ports", core_ports);
  core_set_function(L, "poll", core_poll);
  core_set_function(L, "watch", core_new_watch);
  core_set_function(L, "now", now);
  core_set_function(L, "stat", core_stat);
  core_set_function(L, "sync", core_sync);
  core_set_function(L, "truncate", core_truncate);
  core_set_function(L, "catch_signals", core_catch_signals);
  core_set_function(L, "caught_signal", core_caught_signal);
  core_set_function(L, "terminal_width", core_terminal_width);
  core_set_function(L, "strerror", error_text);
  core_set_function(L, "find_forbidden", find_forbidden);
  core_set_function(L, "split_entry", core_split_entry);
  core_set_function(L, "read_file_entry", core_read_file_entry);
  core_set_function(L, "read_size", core_read_size);
  core_set_function(L, "read_time", core_read_time);
  core_push_tables(L);
  core_set_integer(L, "command_size", MODEM_COMMAND_SIZE);
  core_set_integer(L, "pdp_text_size", PDP_TEXT_SIZE - 1);
  return 1;
}
