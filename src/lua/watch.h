/* A watch: one descriptor that becomes readable when another one is ready or when
 * time is over. For event loops that know no timeouts, or cannot wait for reading
 * and writing at once; and, not armed, a descriptor on which nothing happens, for
 * a pause. */
#ifndef BG96_LUA_WATCH_H
#define BG96_LUA_WATCH_H

#include "lua/compat.h"

/* watch() -> watch, or nil, errno, text */
int core_new_watch(lua_State *L);

void core_register_watch(lua_State *L);

#endif
