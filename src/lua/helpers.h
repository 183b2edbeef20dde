/* What all files of the binding use to talk to Lua. */
#ifndef BG96_LUA_HELPERS_H
#define BG96_LUA_HELPERS_H

#include <stdbool.h>

#include "lua/compat.h"

/* Set a field of the table at the top. */
void core_set_integer(lua_State *L, const char *name, int64_t value);
void core_set_boolean(lua_State *L, const char *name, bool value);
void core_set_string(lua_State *L, const char *name, const char *value);

/* Sets each function of `functions`, which ends with {NULL, NULL}, in the table at the top:
 * luaL_setfuncs(), which Lua 5.1 lacks. */
void core_set_functions(lua_State *L, const luaL_Reg *functions);

/* Pushes `value`, or nil where it is negative. */
void core_push_unless_negative(lua_State *L, int64_t value);

/* Pushes nil, number and text of an error; returns 3. `error` is a positive errno. */
int core_push_errno(lua_State *L, int error);

/* A timeout in milliseconds, from 0 to 4e9: far below an overflow of the clock. */
int64_t core_check_timeout_ms(lua_State *L, int index);

/* Makes the metatable of a type of userdata, with its methods. */
void core_new_type(lua_State *L, const char *type, const luaL_Reg *methods);

/* Pushes a userdata of a type and returns it, zeroed. */
void *core_new_object(lua_State *L, const char *type, size_t size);

/* Keeps the Lua value at `index` alive as long as the userdata at the top of the stack. A
 * userdata has a few `slot`s, 1 and up; a value replaces the one that its slot held. */
void core_keep_alive(lua_State *L, int index, int slot);

#endif
