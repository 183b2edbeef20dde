/* The modem as Lua sees it: how it is opened and closed, and its other methods. */
#ifndef BG96_LUA_METHODS_H
#define BG96_LUA_METHODS_H

#include "lua/compat.h"

/* open(path, baudrate, flowcontrol) -> modem, or nil, errno, text */
int core_open(lua_State *L);

/* Makes the type of modems, with their methods. */
void core_register_modem(lua_State *L);

#endif
