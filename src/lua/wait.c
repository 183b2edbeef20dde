#include "lua/wait.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lua/helpers.h"

void core_push_seconds_until(lua_State *L, core_modem *m, int64_t deadline_ms) {
  int64_t left_ms = deadline_ms == AT_NEVER ? 0 : deadline_ms - core_now_ms(m);
  if (deadline_ms == AT_NEVER) {
    lua_pushnil(L);
  } else {
    lua_pushnumber(L, left_ms > 0 ? (lua_Number)left_ms / 1000 : 0);
  }
}

static bool wants_write(const core_modem *m) {
  const char *data;
  return at_engine_output(&m->modem.engine, &data) > 0;
}

static int64_t next_deadline_ms(const core_modem *m) {
  return m->is_closed ? AT_NEVER : modem_deadline(&m->modem);
}

int core_push_wait(lua_State *L, core_modem *m) {
  bool yields_only = m->loops > CORE_STEP_LOOPS;
  m->loops = 0;
  core_notifier_watch(&m->notifier, wants_write(m));
  lua_pushinteger(L, m->notifier.wait_fd);
  lua_pushliteral(L, "r");
  if (yields_only) {
    lua_pushnumber(L, 0);
  } else {
    core_push_seconds_until(L, m, next_deadline_ms(m));
  }
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
  eventfd_t stale;
  if (w->wake_fd < 0) w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (w->wake_fd < 0) return luaL_error(L, "eventfd: %s", strerror(errno));
  eventfd_read(w->wake_fd, &stale); /* from an earlier turn; it must not end this wait */
  lua_pushliteral(L, "wait");
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
