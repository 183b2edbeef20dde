/* The steps of a call: a state machine that never blocks and tells what to do next. */
#ifndef BG96_LUA_STEP_H
#define BG96_LUA_STEP_H

#include "lua/compat.h"

/* Makes the type of calls, with their methods. */
void core_register_call(lua_State *L);

#endif
