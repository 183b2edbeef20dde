/* One source for Lua 5.1, LuaJIT, 5.3 and 5.4. */
#ifndef BG96_LUA_COMPAT_H
#define BG96_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen lua_objlen
#define lua_setuservalue lua_setfenv
#define lua_getuservalue lua_getfenv
#define luaL_checkversion(L) ((void)(L))
#endif

/* Sizes go beyond 32 bits: integers where Lua has 64 of their bits, doubles,
 * exact to 2^53, elsewhere. */
static inline void compat_push_int64(lua_State *L, int64_t value) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)value);
#else
  lua_pushnumber(L, (lua_Number)value);
#endif
}

static inline int64_t compat_check_int64(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 503
  return (int64_t)luaL_checkinteger(L, index);
#else
  lua_Number value = luaL_checknumber(L, index);
  luaL_argcheck(L, value >= -0x1p53 && value <= 0x1p53, index, "not an exact integer");
  return (int64_t)value;
#endif
}

#endif
