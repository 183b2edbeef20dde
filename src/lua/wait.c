#include "lua/wait.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "lua/helpers.h"
#include "port/standard.h"

void core_push_seconds_until(lua_State *L, core_modem *m, int64_t deadline_ms) {
  int64_t left_ms = deadline_ms == AT_NEVER ? 0 : deadline_ms - core_now_ms(m);
  if (deadline_ms == AT_NEVER) {
    lua_pushnil(L);
  } else {
    lua_pushnumber(L, left_ms > 0 ? (lua_Number)left_ms / 1000 : 0);
  }
}

/* Payload waits for its time, everything else for room in the port. */
static bool wants_write(core_modem *m) {
  int64_t now_ms = core_now_ms(m);
  return now_ms >= m->send_from_ms && at_engine_wants(&m->modem.engine, now_ms).len > 0;
}

static int64_t next_deadline_ms(core_modem *m) {
  int64_t now_ms = core_now_ms(m);
  int64_t deadline_ms = m->is_closed ? AT_NEVER : modem_deadline(&m->modem);
  bool must_wait = now_ms < m->send_from_ms && at_engine_wants(&m->modem.engine, now_ms).len > 0;
  return must_wait && m->send_from_ms < deadline_ms ? m->send_from_ms : deadline_ms;
}

/* Pushes a wait without a descriptor, for a process that has no more of them: somebody who
 * looks every `interval_ms` is late, but not lost. */
static int push_timed_wait(lua_State *L, core_modem *m, int64_t until_ms, int64_t interval_ms) {
  int64_t look_ms = core_now_ms(m) + interval_ms;
  lua_pushinteger(L, -1);
  lua_pushnil(L);
  core_push_seconds_until(L, m, until_ms < look_ms ? until_ms : look_ms);
  return 3;
}

void core_watch_port(core_modem *m) {
  core_notifier_watch(&m->notifier, wants_write(m));
}

int core_push_wait(lua_State *L, core_modem *m) {
  enum { LOOK_MS = 20 };
  bool yields_only = m->loops > CORE_STEP_LOOPS;
  int64_t until_ms = yields_only ? core_now_ms(m) : next_deadline_ms(m);
  m->loops = 0;
  if (m->notifier.wait_fd < 0 && !m->is_closed) return push_timed_wait(L, m, until_ms, LOOK_MS);
  core_watch_port(m);
  lua_pushinteger(L, m->notifier.wait_fd);
  lua_pushliteral(L, "r");
  core_push_seconds_until(L, m, until_ms);
  return 3;
}

void *core_new_waiter(lua_State *L, const char *type, size_t size) {
  core_waiter *w = core_new_object(L, type, size);
  w->wake_fd = -1;
  core_keep_alive(L, 1, CORE_SLOT_MODEM);
  w->owner = core_check_modem(L, 1);
  return w;
}

/* An eventfd only refuses when it is full, and then it is readable anyway. */
void core_waiter_wake(core_waiter *w) {
  if (w->wake_fd >= 0) eventfd_write(w->wake_fd, 1);
}

int core_waiter_push_wait(lua_State *L, core_waiter *w, int64_t until_ms) {
  enum { LOOK_MS = 100 };
  eventfd_t stale;
  lua_pushliteral(L, "wait");
  if (w->wake_fd < 0) w->wake_fd = standard_keep_clear(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (w->wake_fd < 0) return 1 + push_timed_wait(L, w->owner, until_ms, LOOK_MS);
  eventfd_read(w->wake_fd, &stale); /* from an earlier turn; it must not end this wait */
  lua_pushinteger(L, w->wake_fd);
  lua_pushliteral(L, "r");
  core_push_seconds_until(L, w->owner, until_ms);
  return 4;
}

void core_waiter_close(core_waiter *w) {
  if (w->wake_fd >= 0) close(w->wake_fd);
  w->wake_fd = -1;
}

void core_reclaim_abandoned(lua_State *L, core_modem *m) {
  int64_t now_ms = core_now_ms(m);
  if (now_ms - m->reclaimed_ms < CORE_HEAD_GRACE_MS) return;
  m->reclaimed_ms = now_ms;
  lua_gc(L, LUA_GCCOLLECT, 0);
}
