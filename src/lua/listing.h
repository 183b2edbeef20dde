/* Lines of listings, and times, as Lua values. */
#ifndef BG96_LUA_LISTING_H
#define BG96_LUA_LISTING_H

#include "lua/compat.h"

/* split_entry(line) -> name, facts (a table of strings by lower-case names), or
 * nil for a line that is none of an MLSD listing */
int core_split_entry(lua_State *L);

/* read_file_entry(line) -> name, size of a line of QFLST, or nil */
int core_read_file_entry(lua_State *L);

/* read_size(text) -> bytes, or nil */
int core_read_size(lua_State *L);

/* read_time("YYYYMMDDHHMMSS[.NNN]") -> seconds since 1970 in UTC, or nil */
int core_read_time(lua_State *L);

#endif
