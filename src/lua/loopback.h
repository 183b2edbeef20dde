/* A modem on a port in memory, under a clock that is set: for specs, and left out by
 * -DBG96_WITHOUT_LOOPBACK. */
#ifndef BG96_LUA_LOOPBACK_H
#define BG96_LUA_LOOPBACK_H

#include "lua/compat.h"

/* loopback(room, baudrate, seed) -> modem, loopback: `room` is how many bytes the driver may
 * write before somebody takes them; `seed` as for modem_init() */
int core_open_loopback(lua_State *L);

void core_register_loopback(lua_State *L);

#endif
