#include "lua/loopback.h"

#include "lua/helpers.h"
#include "lua/modem.h"
#include "port/loopback.h"

#define LOOPBACK_TYPE "bg96.core.loopback"

static loopback *check_loopback(lua_State *L, int index) {
  return luaL_checkudata(L, index, LOOPBACK_TYPE);
}

int core_open_loopback(lua_State *L) {
  size_t room = (size_t)luaL_checkinteger(L, 1);
  uint32_t baudrate = (uint32_t)luaL_checkinteger(L, 2);
  uint64_t seed = (uint64_t)luaL_checkinteger(L, 3);
  core_modem *m = core_new_modem(L);
  loopback *l = core_new_object(L, LOOPBACK_TYPE, sizeof *l);
  l->write_room = room;
  l->baudrate = baudrate;
  loopback_open(&m->port, l);
  lua_pushvalue(L, -2);
  core_keep_alive(L, -2, 1);
  lua_pop(L, 1);
  int result = core_modem_open(m, baudrate, seed);
  if (result < 0) return core_push_errno(L, -result);
  return 2;
}

/* loopback:give(bytes) -> how many fitted */
static int method_give(lua_State *L) {
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  lua_pushinteger(L, (lua_Integer)loopback_give(check_loopback(L, 1), bytes, len));
  return 1;
}

/* loopback:take(max) -> bytes that the driver wrote */
static int method_take(lua_State *L) {
  char bytes[LOOPBACK_QUEUE_SIZE];
  lua_Integer max = lua_isnoneornil(L, 2) ? LOOPBACK_QUEUE_SIZE : luaL_checkinteger(L, 2);
  luaL_argcheck(L, max >= 0 && max <= LOOPBACK_QUEUE_SIZE, 2, "out of range");
  lua_pushlstring(L, bytes, loopback_take(check_loopback(L, 1), bytes, (size_t)max));
  return 1;
}

/* loopback:pending() -> bytes that the driver wrote and nobody took */
static int method_pending(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_loopback(L, 1)->from_driver.used);
  return 1;
}

/* loopback:set_time(seconds) */
static int method_set_time(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e12, 2, "out of range");
  check_loopback(L, 1)->now_ms = (int64_t)(seconds * 1000);
  return 0;
}

/* loopback:fail(errno): reads and writes fail from now on */
static int method_fail(lua_State *L) {
  check_loopback(L, 1)->error = (int)luaL_checkinteger(L, 2);
  return 0;
}

/* loopback:dtr() -> level that the driver has set */
static int method_dtr(lua_State *L) {
  lua_pushboolean(L, check_loopback(L, 1)->dtr);
  return 1;
}

/* loopback:flushes() -> how often output was thrown away */
static int method_flushes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_loopback(L, 1)->flushes);
  return 1;
}

/* loopback:baudrate() -> bits a second that the driver has set */
static int method_baudrate(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_loopback(L, 1)->baudrate);
  return 1;
}

/* loopback:limit_baudrate(rate): more is refused */
static int method_limit_baudrate(lua_State *L) {
  check_loopback(L, 1)->highest_baudrate = (uint32_t)luaL_checkinteger(L, 2);
  return 0;
}

void core_register_loopback(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"give", method_give},
      {"take", method_take},
      {"pending", method_pending},
      {"set_time", method_set_time},
      {"fail", method_fail},
      {"flushes", method_flushes},
      {"dtr", method_dtr},
      {"baudrate", method_baudrate},
      {"limit_baudrate", method_limit_baudrate},
      {NULL, NULL},
  };
  core_new_type(L, LOOPBACK_TYPE, methods);
}
