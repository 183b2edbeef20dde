#include "lua/step.h"

#include "lua/event.h"
#include "lua/helpers.h"
#include "lua/pump.h"
#include "lua/queue.h"
#include "lua/result.h"

/* The end of a call: its secrets go, and the next one is told. */
static int push_end(lua_State *L, core_call *c) {
  core_call_wipe(c);
  core_queue_wake_head(c->waiter.owner);
  return core_push_result(L, c);
}

static void refuse_lost_port(core_call *c) {
  core_modem *m = c->waiter.owner;
  if (core_modem_is_lost(m)) modem_withdraw(&m->modem, &c->as.task, &m->lost);
}

/* The pump has stopped, and `c` has not ended. */
static int push_pause(lua_State *L, core_call *c) {
  core_modem *m = c->waiter.owner;
  if (m->modem.head != &c->as.task) { /* it has made way for another */
    core_queue_wake_head(m);
    return core_queue_push_wait(L, c);
  }
  if (core_call_wants_block(c)) {
    lua_pushliteral(L, "want");
    compat_push_int64(L, (int64_t)ftp_upload_wanted(&c->as.upload, &m->modem));
    return 2;
  }
  m->listener = c;
  lua_pushliteral(L, "wait");
  return 1 + core_push_wait(L, m);
}

/* call:step() -> one of
 *   "wait", fd, events, seconds   nothing to do before that
 *   "line", text | "data", bytes | "urc", text | "trace", direction, text
 *   "want", count                 call:give() with the next block, of so many bytes
 *   "done", value
 *   "failed", kind, code, protocol, command, detail, transferred, reason */
static int call_step(lua_State *L) {
  core_call *c = core_check_call(L);
  at_event event;
  core_queue_stop_listening(c);
  refuse_lost_port(c);
  if (!core_queue_get_turn(L, c)) return core_queue_push_wait(L, c);
  if (core_call_has_ended(c)) return push_end(L, c);
  c->waiter.owner->stepped_ms = core_now_ms(c->waiter.owner);
  if (core_pump(c->waiter.owner, &c->as.task, &event)) return core_push_event(L, &event);
  return core_call_has_ended(c) ? push_end(L, c) : push_pause(L, c);
}

/* call:give(bytes, first, last, is_last): the next block is bytes[first..last] */
static int call_give(lua_State *L) {
  size_t len;
  core_call *c = core_check_call(L);
  const char *bytes = luaL_checklstring(L, 2, &len);
  int64_t first = compat_check_int64(L, 3);
  int64_t last = compat_check_int64(L, 4);
  bool is_last = lua_toboolean(L, 5);
  core_modem *m = c->waiter.owner;
  luaL_argcheck(L, first >= 1 && last >= first - 1 && (uint64_t)last <= len, 4, "out of range");
  luaL_argcheck(L, core_call_wants_block(c), 1, "no block is wanted");
  lua_pushvalue(L, 1);
  core_call_keep(L, 2);
  ftp_upload_give(&c->as.upload, &m->modem, bytes + first - 1, (size_t)(last - first + 1), is_last,
                  core_now_ms(m));
  return 0;
}

/* Payload that was written and is still in the host; it is thrown away where the
 * module stops the upload. */
static int64_t count_unsent(core_modem *m) {
  ssize_t unsent = m->port.ops->count_unsent(&m->port);
  return unsent > 0 ? (int64_t)unsent : 0;
}

/* Once it has ended, only what the module has confirmed counts. */
static int64_t count_uploaded(const core_call *c) {
  const ftp_upload *u = &c->as.upload;
  core_modem *m = c->waiter.owner;
  if (core_call_has_ended(c) || core_modem_is_lost(m) || !u->in_flight) return u->confirmed;
  return ftp_upload_sent(u, &m->modem) - count_unsent(m);
}

/* call:progress() -> bytes so far, bytes in all or nil; of an upload: bytes so far, and bytes
 * that had to be sent again */
static int call_progress(lua_State *L) {
  const core_call *c = core_check_call(L);
  switch (c->kind) {
    case CORE_UPLOAD:
      compat_push_int64(L, count_uploaded(c));
      compat_push_int64(L, c->as.upload.in_vain);
      return 2;
    case CORE_UFS_DOWNLOAD:
      compat_push_int64(L, c->as.ufs_download.received);
      compat_push_int64(L, c->as.ufs_download.size);
      return 2;
    case CORE_DOWNLOAD:
      compat_push_int64(L, c->as.download.received);
      core_push_unless_negative(L, c->as.download.wanted);
      return 2;
    default: return luaL_argerror(L, 1, "not a transfer");
  }
}

/* call:withdraw(): the caller gives up; the next step says "failed" */
static int call_withdraw(lua_State *L) {
  core_queue_withdraw(core_check_call(L));
  return 0;
}

/* call:release(): gives the descriptor back without waiting for the collector. A coroutine
 * that was thrown away takes its call with it. */
static int call_release(lua_State *L) {
  core_call *c = core_check_call(L);
  core_queue_withdraw(c);
  core_waiter_close(&c->waiter);
  return 0;
}

void core_register_call(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"step", call_step},
      {"give", call_give},
      {"progress", call_progress},
      {"withdraw", call_withdraw},
      {"release", call_release},
      {"__gc", call_release},
      {"__close", call_release}, /* Lua 5.4: when a loop over its steps is left */
      {NULL, NULL},
  };
  core_new_type(L, CORE_CALL_TYPE, methods);
}
