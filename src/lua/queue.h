/*
 * Whose turn it is. The order of the calls is the core's (modem/modem.h); here is how a
 * call waits for its turn, how it is woken, and how calls end from the outside.
 */
#ifndef BG96_LUA_QUEUE_H
#define BG96_LUA_QUEUE_H

#include "lua/call.h"

/* Puts the call at the top of the stack into the queue, with `timeout_ms` from now; on a
 * modem that is closed it has failed at once. Returns 1, as a Lua function that returns it. */
int core_queue_submit(lua_State *L, core_call *c, int64_t timeout_ms);

/* Lets a call that is in the queue run in the middle of the download before it. */
void core_queue_interrupt(core_call *c);

/* The coroutine of `c` has come back from its wait for the modem. */
void core_queue_stop_listening(core_call *c);

/* True when `c` has ended or may go on; otherwise it waits for its turn. */
bool core_queue_get_turn(lua_State *L, core_call *c);

/* Pushes a wait for the turn of `c`: "wait", descriptor, events, seconds; returns 4. */
int core_queue_push_wait(lua_State *L, core_call *c);

/* Wakes the coroutine whose call has become the head of the queue. */
void core_queue_wake_head(core_modem *m);

/* Takes `c` out, as failed with kind "cancelled". Nothing happens where it has ended. */
void core_queue_withdraw(core_call *c);

/* Ends all calls, and all waits for a turn, with `why`; wakes their coroutines. */
void core_end_all(core_modem *m, const at_error *why);

#endif
