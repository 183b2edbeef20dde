/*
 * Waiting: what a step returns when there is nothing to do, and those who wait behind
 * others, a call for the line (queue.c) or a transfer for its turn (turn.c).
 */
#ifndef BG96_LUA_WAIT_H
#define BG96_LUA_WAIT_H

#include "lua/modem.h"

/* How late a coroutine may notice that its time is over, in a process that is busy. */
enum { CORE_HEAD_GRACE_MS = 1000 };

/* Pushes the seconds left until `deadline_ms`, at least 0; nil for AT_NEVER. */
void core_push_seconds_until(lua_State *L, core_modem *m, int64_t deadline_ms);

/* Has the notifier wait for what the modem needs now: for bytes, and for room where there is
 * something to send. */
void core_watch_port(core_modem *m);

/* Pushes what wait() needs to wait for the modem: descriptor, events and timeout in seconds
 * or nil; returns 3. */
int core_push_wait(lua_State *L, core_modem *m);

/* Slots of the user value. */
enum { CORE_SLOT_MODEM = 1, CORE_SLOT_CHUNK };

/* Who may have to wait behind others. */
typedef struct {
  core_modem *owner; /* kept alive by the user value; NULL where memory has run out before */
  int wake_fd;       /* an eventfd, written when its turn comes; -1 until it has to wait */
} core_waiter;

/* Pushes a userdata of a type, whose first member is a core_waiter, for modem 1; returns it,
 * zeroed but for that member. */
void *core_new_waiter(lua_State *L, const char *type, size_t size);

/* Wakes the coroutine, where it waits behind others. */
void core_waiter_wake(core_waiter *w);

/* Pushes "wait", and what wait() needs to wait until core_waiter_wake() or `until_ms`;
 * returns 4. */
int core_waiter_push_wait(lua_State *L, core_waiter *w, int64_t until_ms);

/* Gives the descriptor back. */
void core_waiter_close(core_waiter *w);

/* Runs a full collection, at most once in CORE_HEAD_GRACE_MS: only the collector can tell a
 * coroutine that nobody will resume from one that is slow. It takes long: the last resort. */
void core_reclaim_abandoned(lua_State *L, core_modem *m);

#endif
