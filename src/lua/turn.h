/*
 * Turns: one transfer that finishes at a time on a modem, as two that recover from
 * failures would log each other out. First come, first served. A turn that is held does
 * not keep other calls from the modem.
 */
#ifndef BG96_LUA_TURN_H
#define BG96_LUA_TURN_H

#include "lua/modem.h"

/* modem:take_turn([timeout_ms]) -> turn, which waits until those before it have ended */
int core_take_turn(lua_State *L);

void core_register_turn(lua_State *L);

/* Ends all that wait with `why` and wakes their coroutines. The one that is held stays. */
void core_turn_end_waits(core_modem *m, const at_error *why);

#endif
