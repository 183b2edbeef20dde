#include "lua/turn.h"

#include <math.h>

#include "lua/helpers.h"
#include "lua/result.h"
#include "lua/wait.h"

#define TURN_TYPE "bg96.core.turn"

typedef enum {
  TURN_ENDED,   /* see error; or not begun */
  TURN_WAITING, /* also when it is the first, until its coroutine has taken notice */
  TURN_HELD
} turn_state;

struct core_turn {
  core_waiter waiter;
  core_turn *next; /* who came after it */
  turn_state state;
  int64_t deadline_ms; /* of the wait */
  at_error error;
};

static core_turn *check_turn(lua_State *L) {
  return luaL_checkudata(L, 1, TURN_TYPE);
}

/* --- the queue ---------------------------------------------------------- */

static bool is_first(const core_turn *t) {
  return t->waiter.owner->turns == t;
}

static void append(core_turn *t) {
  core_turn **place = &t->waiter.owner->turns;
  while (*place) place = &(*place)->next;
  *place = t;
}

static void unlink_turn(core_turn *t) {
  core_turn **place = &t->waiter.owner->turns;
  while (*place && *place != t) place = &(*place)->next;
  if (*place) *place = t->next;
  t->next = NULL;
}

static void end_turn(core_turn *t, const at_error *why) {
  unlink_turn(t);
  t->state = TURN_ENDED;
  t->error = *why;
  core_waiter_wake(&t->waiter);
}

static void end_without_turn(core_turn *t) {
  at_error why = at_error_make(AT_ERROR_TIMEOUT, "", NULL);
  why.reason = AT_REASON_NO_TURN;
  end_turn(t, &why);
}

static bool is_overdue(const core_turn *t, int64_t now_ms) {
  return t->state == TURN_WAITING && now_ms >= t->deadline_ms;
}

/* Wakes who is first by now. Waits whose time is over are ended here, as their coroutines may
 * not have noticed, or may never run again. */
static void serve_first(core_modem *m) {
  while (m->turns && is_overdue(m->turns, core_now_ms(m))) end_without_turn(m->turns);
  if (m->turns) core_waiter_wake(&m->turns->waiter);
}

static void leave(core_turn *t) {
  at_error why = at_error_make(AT_ERROR_CANCELLED, "", NULL);
  if (t->state == TURN_ENDED) return;
  bool was_first = is_first(t);
  end_turn(t, &why);
  if (was_first) serve_first(t->waiter.owner);
}

void core_turn_end_waits(core_modem *m, const at_error *why) {
  core_turn *next;
  for (core_turn *t = m->turns; t; t = next) {
    next = t->next;
    if (t->state == TURN_WAITING) end_turn(t, why);
  }
}

/* --- the wait ----------------------------------------------------------- */

/* Ends those before `t` that have not noticed that their time is over. */
static void end_overdue_before(const core_turn *t) {
  core_modem *m = t->waiter.owner;
  int64_t limit_ms = core_now_ms(m) - CORE_HEAD_GRACE_MS;
  core_turn *first = m->turns, *next;
  for (core_turn *other = m->turns; other && other != t; other = next) {
    next = other->next;
    if (is_overdue(other, limit_ms)) end_without_turn(other);
  }
  if (m->turns != first) serve_first(m);
}

/* When a wait looks again without having been woken: at its own deadline, or shortly after
 * that of a wait before it, whose coroutine may never run again. */
static int64_t check_time_ms(const core_turn *t) {
  int64_t check_ms = t->deadline_ms;
  for (core_turn *other = t->waiter.owner->turns; other && other != t; other = other->next) {
    bool is_earlier = other->deadline_ms < check_ms - CORE_HEAD_GRACE_MS;
    if (other->state == TURN_WAITING && is_earlier) {
      check_ms = other->deadline_ms + CORE_HEAD_GRACE_MS;
    }
  }
  return check_ms;
}

/* The one that is held may belong to a coroutine that nobody will resume; then it was
 * abandoned before the time of `t` was over. */
static void end_in_time(lua_State *L, core_turn *t) {
  if (!is_overdue(t, core_now_ms(t->waiter.owner))) return;
  t->deadline_ms = AT_NEVER;
  core_reclaim_abandoned(L, t->waiter.owner);
  if (t->state == TURN_WAITING && !is_first(t)) end_without_turn(t);
}

static void look(lua_State *L, core_turn *t) {
  if (t->state != TURN_WAITING) return;
  end_overdue_before(t);
  if (!is_first(t)) end_in_time(L, t);
  if (is_first(t)) t->state = TURN_HELD;
}

/* turn:step() -> one of
 *   "wait", fd, events, seconds   others are before it
 *   "done", true                  it is held, until it is released
 *   "failed", kind, code, protocol, command, detail, transferred, reason */
static int turn_step(lua_State *L) {
  core_turn *t = check_turn(L);
  look(L, t);
  if (t->state == TURN_WAITING) return core_waiter_push_wait(L, &t->waiter, check_time_ms(t));
  if (t->state == TURN_ENDED) return core_push_failure(L, &t->error, -1);
  lua_pushliteral(L, "done");
  lua_pushboolean(L, 1);
  return 2;
}

/* turn:withdraw(): gives up waiting; the next step says "failed". A turn that is held stays
 * so until it is released. */
static int turn_withdraw(lua_State *L) {
  core_turn *t = check_turn(L);
  if (t->state == TURN_WAITING) leave(t);
  return 0;
}

/* turn:release(): the next one may go on. Also by the collector, and by Lua 5.4 when a
 * variable or loop that closes it is left. */
static int turn_release(lua_State *L) {
  core_turn *t = check_turn(L);
  leave(t);
  core_waiter_close(&t->waiter);
  return 0;
}

/* --- making one --------------------------------------------------------- */

/* Any time at all: one that is over fails unless nobody is before it, and one that is too
 * long to count never ends. */
static int64_t read_deadline_ms(lua_State *L, core_modem *m) {
  lua_Number timeout_ms = lua_isnoneornil(L, 2) ? (lua_Number)HUGE_VAL : luaL_checknumber(L, 2);
  if (!(timeout_ms > 0)) return core_now_ms(m);
  return timeout_ms > 4e12 ? AT_NEVER : core_now_ms(m) + (int64_t)timeout_ms;
}

int core_take_turn(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  int64_t deadline_ms = read_deadline_ms(L, m);
  core_turn *t = core_new_waiter(L, TURN_TYPE, sizeof *t);
  t->state = TURN_WAITING;
  t->deadline_ms = deadline_ms;
  append(t);
  if (core_modem_is_lost(m)) end_turn(t, &m->lost);
  return 1;
}

void core_register_turn(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"step", turn_step},    {"withdraw", turn_withdraw}, {"release", turn_release},
      {"__gc", turn_release}, {"__close", turn_release},   {NULL, NULL},
  };
  core_new_type(L, TURN_TYPE, methods);
}
