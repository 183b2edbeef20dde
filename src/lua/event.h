/* What happens meanwhile: events of the engine as Lua values. */
#ifndef BG96_LUA_EVENT_H
#define BG96_LUA_EVENT_H

#include "at/engine.h"
#include "lua/compat.h"

/* Pushes an event as its name and its values, "trace" or "urc", "data", "line"; returns
 * their number. Secrets of the trace are masked. */
int core_push_event(lua_State *L, const at_event *event);

#endif
