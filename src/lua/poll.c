#include "lua/poll.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

static short read_events(lua_State *L, int index) {
  const char *names = luaL_checkstring(L, index);
  short events = 0;
  if (strchr(names, 'r')) events |= POLLIN;
  if (strchr(names, 'w')) events |= POLLOUT;
  return events;
}

/* poll(2) counts in whole milliseconds: rounding up never wakes too early, and
 * never makes a loop of zeros out of half a millisecond. */
static int read_timeout(lua_State *L, int index) {
  if (lua_isnoneornil(L, index)) return -1;
  lua_Number timeout_ms = ceil(luaL_checknumber(L, index) * 1000);
  if (!(timeout_ms > 0)) return 0; /* nor is a NaN a time */
  return timeout_ms > 86400000 ? 86400000 : (int)timeout_ms;
}

/* Fills `set` from arrays of descriptors (1) and events (2). */
static void read_set(lua_State *L, struct pollfd *set, size_t count) {
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    lua_rawgeti(L, 2, (int)i + 1);
    set[i] = (struct pollfd){(int)luaL_checkinteger(L, -2), read_events(L, -1), 0};
    lua_pop(L, 2);
  }
}

int core_poll(lua_State *L) {
  struct pollfd few[16];
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t count = (size_t)lua_rawlen(L, 1);
  bool fits = count <= sizeof few / sizeof few[0];
  struct pollfd *set = fits ? few : lua_newuserdata(L, count * sizeof *set);
  read_set(L, set, count);
  if (poll(set, (nfds_t)count, read_timeout(L, 3)) < 0 && errno != EINTR) {
    return luaL_error(L, "poll: %s", strerror(errno));
  }
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_pushboolean(L, set[i].revents != 0);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}
