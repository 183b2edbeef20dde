/*
 * bg96.core: what Lua sees of the C core. It checks arguments, pushes results,
 * and moves bytes between port and modem, a bounded amount a step; it knows no
 * protocol and never waits. Waiting, streams and errors are Lua's (lua/bg96).
 */
#include <string.h>
#include <time.h>

#include "at/builder.h"
#include "ftp/refusal.h"
#include "lua/file.h"
#include "lua/hash.h"
#include "lua/helpers.h"
#include "lua/listing.h"
#include "lua/loopback.h"
#include "lua/methods.h"
#include "lua/poll.h"
#include "lua/ports.h"
#include "lua/rawport.h"
#include "lua/step.h"
#include "lua/tables.h"
#include "lua/text.h"
#include "lua/turn.h"
#include "lua/watch.h"
#include "modem/command.h"
#include "modem/pdp.h"
#include "port/standard.h"

/* now() -> seconds of a clock that never goes back */
static int now(lua_State *L) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (lua_Number)t.tv_sec + (lua_Number)t.tv_nsec / 1e9);
  return 1;
}

/* refuses(code, protocol) -> whether the server refused the command itself; each number
 * may be nil */
static int refuses(lua_State *L) {
  int code = (int)luaL_optinteger(L, 1, -1);
  int protocol = (int)luaL_optinteger(L, 2, 0);
  lua_pushboolean(L, ftp_is_refusal(code, protocol));
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

/* hold_standard() -> what release_standard() needs: until then nothing that is opened gets
 * descriptor 0, 1 or 2, as Lua's io would let it */
static int hold_standard(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)standard_hold());
  return 1;
}

static int release_standard(lua_State *L) {
  standard_release((unsigned)luaL_checkinteger(L, 1));
  return 0;
}

static const luaL_Reg functions[] = {
    {"open", core_open},
    {"raw_port", core_open_raw_port},
#ifndef BG96_WITHOUT_LOOPBACK
    {"loopback", core_open_loopback},
#endif
    {"ports", core_ports},
    {"holder", core_holder},
    {"poll", core_poll},
    {"watch", core_new_watch},
    {"now", now},
    {"stat", core_stat},
    {"sync", core_sync},
    {"open_file", core_open_file},
    {"strerror", error_text},
    {"hold_standard", hold_standard},
    {"release_standard", release_standard},
    {"find_forbidden", find_forbidden},
    {"refuses", refuses},
    {"mask", core_mask},
    {"escape", core_escape},
    {"hash", core_hash},
    {"split_entry", core_split_entry},
    {"read_file_entry", core_read_file_entry},
    {"read_size", core_read_size},
    {"read_time", core_read_time},
    {NULL, NULL},
};

static void register_types(lua_State *L) {
  core_register_modem(L);
  core_register_raw_port(L);
  core_register_call(L);
  core_register_turn(L);
  core_register_watch(L);
  core_register_file(L);
#ifndef BG96_WITHOUT_LOOPBACK
  core_register_loopback(L);
#endif
}

int luaopen_bg96_core(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_core(lua_State *L) {
  luaL_checkversion(L);
  register_types(L);
  lua_newtable(L);
  core_set_functions(L, functions);
  core_set_tables(L);
  core_set_integer(L, "command_size", MODEM_COMMAND_SIZE);
  core_set_integer(L, "pdp_text_size", PDP_TEXT_SIZE - 1);
  return 1;
}
