/* poll(2), for scripts without an event loop. */
#ifndef BG96_LUA_POLL_H
#define BG96_LUA_POLL_H

#include "lua/compat.h"

/* poll(descriptors, events, seconds) -> array of booleans, one a descriptor:
 * something happened there, an error or a hang-up as well. A signal ends the
 * wait early, as if nothing had happened. */
int core_poll(lua_State *L);

#endif
