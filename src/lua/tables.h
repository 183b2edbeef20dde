#ifndef BG96_LUA_TABLES_H
#define BG96_LUA_TABLES_H

#include "lua/compat.h"

/* Sets the tables of the core (commands, settings) in the table at the top, so that Lua repeats
 * none of them. */
void core_set_tables(lua_State *L);

#endif
