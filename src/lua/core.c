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

static const luaL_Reg functions[] = {
    {"open", core_open},
    {"loopback", core_open_loopback},
    {"ports", core_ports},
    {"poll", core_poll},
    {"watch", core_new_watch},
    {"now", now},
    {"stat", core_stat},
    {"sync", core_sync},
    {"truncate", core_truncate},
    {"catch_signals", core_catch_signals},
    {"caught_signal", core_caught_signal},
    {"terminal_width", core_terminal_width},
    {"strerror", error_text},
    {"find_forbidden", find_forbidden},
    {"split_entry", core_split_entry},
    {"read_file_entry", core_read_file_entry},
    {"read_size", core_read_size},
    {"read_time", core_read_time},
    {NULL, NULL},
};

int luaopen_bg96_core(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_core(lua_State *L) {
  core_register_modem(L);
  core_register_task(L);
  core_register_watch(L);
  luaL_newlib(L, functions);
  core_push_tables(L);
  lua_pushinteger(L, MODEM_COMMAND_SIZE);
  lua_setfield(L, -2, "command_size");
  lua_pushinteger(L, PDP_TEXT_SIZE - 1);
  lua_setfield(L, -2, "pdp_text_size");
  return 1;
}
