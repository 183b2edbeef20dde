#include "lua/helpers.h"

#include <string.h>

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

void core_set_functions(lua_State *L, const luaL_Reg *functions) {
  for (; functions->name; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
}

void core_push_unless_negative(lua_State *L, int64_t value) {
  if (value >= 0) {
    compat_push_int64(L, value);
  } else {
    lua_pushnil(L);
  }
}

int core_push_errno(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushinteger(L, error);
  lua_pushstring(L, strerror(error));
  return 3;
}

int64_t core_check_timeout_ms(lua_State *L, int index) {
  lua_Number timeout_ms = luaL_checknumber(L, index);
  luaL_argcheck(L, timeout_ms >= 0 && timeout_ms <= 4e9, index, "out of range");
  return (int64_t)timeout_ms;
}

void core_new_type(lua_State *L, const char *type, const luaL_Reg *methods) {
  luaL_newmetatable(L, type);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  core_set_functions(L, methods);
  lua_pop(L, 1);
}

/* The user value is a table: Lua 5.1 allows nothing else. */
void *core_new_object(lua_State *L, const char *type, size_t size) {
  void *object = lua_newuserdata(L, size);
  memset(object, 0, size);
  lua_newtable(L);
  lua_setuservalue(L, -2);
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
  return object;
}

void core_keep_alive(lua_State *L, int index, int slot) {
  lua_pushvalue(L, index);
  lua_getuservalue(L, -2);
  lua_insert(L, -2);
  lua_rawseti(L, -2, slot);
  lua_pop(L, 1);
}
