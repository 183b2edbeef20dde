/* The userdata of a call: steps, results, and its end by the collector. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lua/core.h"

/* How late the head may notice that its time is over, in a process that is busy. */
enum { HEAD_GRACE_MS = 1000 };

static core_task *check_task(lua_State *L) {
  return luaL_checkudata(L, 1, CORE_TASK_TYPE);
}

core_task *core_new_task(lua_State *L, core_task_kind kind) {
  core_modem *m = core_check_modem(L, 1);
  luaL_argcheck(L, !m->is_closed, 1, "the modem is closed");
  core_task *t = core_new_object(L, CORE_TASK_TYPE, sizeof *t);
  t->owner = m;
  t->kind = kind;
  t->wake_fd = -1;
  lua_newtable(L); /* keeps the modem, and later a chunk of payload, alive */
  lua_pushvalue(L, 1);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -2);
  return t;
}

int core_submit(lua_State *L, core_task *t, int64_t timeout_ms) {
  (void)L;
  modem_submit(&t->owner->modem, &t->as.task, core_now_ms(t->owner) + timeout_ms);
  return 1;
}

void core_keep_alive(lua_State *L, int index) {
  lua_pushvalue(L, index);
  lua_getuservalue(L, -2);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 1);
}

/* An eventfd only refuses when it is full, and then it is readable anyway. */
void core_wake(core_task *t) {
  if (t->wake_fd >= 0) eventfd_write(t->wake_fd, 1);
}

/* A core_task has its modem_task at a fixed place. */
core_task *core_task_of(modem_task *t) {
  return (core_task *)(void *)((char *)t - offsetof(core_task, as));
}

void core_wake_head(core_modem *m) {
  modem_task *head = m->modem.head;
  if (head && head->state != MODEM_TASK_RUNNING) core_wake(core_task_of(head));
}

/* Its coroutine does not wait for the modem any more. */
static void stop_listening(core_task *t) {
  core_modem *m = t->owner;
  if (m->listener != t) return;
  m->listener = NULL;
  core_notifier_reset(m);
}

static void wipe_secrets(core_task *t) {
  if (t->kind == CORE_LOGIN) ftp_login_wipe(&t->as.login);
  if (t->kind == CORE_ACTIVATION) pdp_activation_wipe(&t->as.activation);
}

/* --- results ------------------------------------------------------------ */

static int push_contexts(lua_State *L, const pdp_list *l) {
  static const char types[][8] = {"", "ipv4", "ipv6", "ipv4v6"};
  lua_newtable(L);
  for (size_t i = 0; i < l->count; i++) {
    const pdp_context *c = &l->contexts[i];
    lua_newtable(L);
    core_set_integer(L, "cid", c->cid);
    core_set_boolean(L, "active", c->active);
    core_set_string(L, "type", types[c->type]);
    core_set_string(L, "address", c->address);
    lua_rawseti(L, -2, (int)i + 1);
  }
  return 1;
}

static int push_request(lua_State *L, const ftp_request *r) {
  switch (ftp_commands[r->id].result) {
    case FTP_RESULT_NUMBER: compat_push_int64(L, r->number); break;
    case FTP_RESULT_TEXT: lua_pushlstring(L, r->text, r->text_len); break;
    default: lua_pushboolean(L, 1);
  }
  return 1;
}

static int push_value(lua_State *L, const core_task *t) {
  switch (t->kind) {
    case CORE_CONTEXTS: return push_contexts(L, &t->as.contexts);
    case CORE_ACTIVATION: lua_pushstring(L, t->as.activation.found.address); return 1;
    case CORE_REQUEST: return push_request(L, &t->as.request);
    case CORE_DOWNLOAD: compat_push_int64(L, t->as.download.received); return 1;
    case CORE_UPLOAD: compat_push_int64(L, t->as.upload.confirmed); return 1;
    case CORE_UFS_DOWNLOAD: compat_push_int64(L, t->as.ufs_download.received); return 1;
    case CORE_UFS_UPLOAD: compat_push_int64(L, (int64_t)t->as.ufs_upload.len); return 1;
    default: lua_pushboolean(L, 1); return 1;
  }
}

static void push_transferred(lua_State *L, const core_task *t) {
  if (t->kind == CORE_DOWNLOAD) {
    compat_push_int64(L, t->as.download.received);
  } else if (t->kind == CORE_UPLOAD) {
    compat_push_int64(L, t->as.upload.confirmed);
  } else {
    lua_pushnil(L);
  }
}

/* "failed", kind, code, protocol, command, detail, transferred, reason */
static int push_failure(lua_State *L, const core_task *t) {
  const at_error *e = &t->as.task.error;
  lua_pushliteral(L, "failed");
  lua_pushstring(L, at_error_kind_name(e->kind));
  if (e->code >= 0)
    lua_pushinteger(L, e->code);
  else
    lua_pushnil(L);
  if (e->protocol > 0)
    lua_pushinteger(L, e->protocol);
  else
    lua_pushnil(L);
  lua_pushstring(L, e->command);
  lua_pushstring(L, e->detail);
  push_transferred(L, t);
  lua_pushstring(L, at_error_reason_name(e->reason));
  return 8;
}

/* The end of a task: its secrets go, and the next one is told. */
static int push_end(lua_State *L, core_task *t) {
  wipe_secrets(t);
  core_wake_head(t->owner);
  if (t->as.task.state == MODEM_TASK_FAILED) return push_failure(L, t);
  lua_pushliteral(L, "done");
  return 1 + push_value(L, t);
}

/* --- steps -------------------------------------------------------------- */

/* At the head of the queue, and nobody else waits for the modem: many event
 * loops allow one waiter for a descriptor. The head of a moment ago may, until it
 * has noticed that its call was ended. */
static bool is_its_turn(const core_task *t) {
  return t->owner->modem.head == &t->as.task && !t->owner->listener;
}

/* When a call that waits behind others becomes suspicious: its own time is over,
 * or that of the head, which does not seem to notice. */
static int64_t suspicion_ms(const core_task *t) {
  int64_t own_ms = t->as.task.deadline_ms;
  int64_t head_ms = modem_deadline(&t->owner->modem);
  if (head_ms > own_ms - HEAD_GRACE_MS || t->owner->reclaimed_ms >= head_ms) return own_ms;
  return head_ms + HEAD_GRACE_MS;
}

/* The head may be the call of a coroutine that nobody will resume, and that only
 * the collector can tell from one that is slow. */
static void reclaim_abandoned(lua_State *L, const core_task *t) {
  core_modem *m = t->owner;
  int64_t now_ms = core_now_ms(m);
  if (now_ms < suspicion_ms(t) || now_ms - m->reclaimed_ms < HEAD_GRACE_MS) return;
  m->reclaimed_ms = now_ms;
  lua_gc(L, LUA_GCCOLLECT, 0);
}

/* A call behind others waits for its turn on a descriptor of its own. */
static int push_turn(lua_State *L, core_task *t) {
  eventfd_t stale;
  if (t->wake_fd < 0) t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (t->wake_fd < 0) return luaL_error(L, "eventfd: %s", strerror(errno));
  eventfd_read(t->wake_fd, &stale); /* from an earlier turn; it must not end this wait */
  lua_pushliteral(L, "wait");
  lua_pushinteger(L, t->wake_fd);
  lua_pushliteral(L, "r");
  core_push_seconds_until(L, t->owner, suspicion_ms(t));
  return 4;
}

/* True when `t` has ended or may go on; otherwise it waits for its turn. */
static bool get_turn(lua_State *L, core_task *t) {
  modem_task *task = &t->as.task;
  if (modem_task_has_ended(task) || is_its_turn(t)) return true;
  reclaim_abandoned(L, t);
  if (is_its_turn(t)) return true;
  modem_expire(&t->owner->modem, task, core_now_ms(t->owner));
  return modem_task_has_ended(task);
}

static bool wants_chunk(const core_task *t) {
  return t->kind == CORE_UPLOAD && t->as.upload.wants_chunk;
}

static void refuse_lost_port(core_task *t) {
  if (t->owner->lost.kind != AT_ERROR_NONE) {
    modem_withdraw(&t->owner->modem, &t->as.task, &t->owner->lost);
  }
}

/* task:step() -> one of
 *   "wait", fd, events, seconds   nothing to do before that
 *   "line", text | "data", bytes | "urc", text | "trace", direction, text
 *   "want"                        call task:give() with the next chunk
 *   "done", value
 *   "failed", kind, code, protocol, command, detail, transferred, reason */
static int task_step(lua_State *L) {
  core_task *t = check_task(L);
  core_modem *m = t->owner;
  at_event event;
  stop_listening(t);
  refuse_lost_port(t);
  if (!get_turn(L, t)) return push_turn(L, t);
  if (modem_task_has_ended(&t->as.task)) return push_end(L, t);
  if (core_pump(m, &t->as.task, &event)) return core_push_event(L, &event);
  if (modem_task_has_ended(&t->as.task)) return push_end(L, t);
  if (m->modem.head != &t->as.task) { /* it has made way for another */
    core_wake_head(m);
    return push_turn(L, t);
  }
  if (wants_chunk(t)) {
    lua_pushliteral(L, "want");
    return 1;
  }
  m->listener = t;
  lua_pushliteral(L, "wait");
  return 1 + core_push_wait(L, m);
}

/* task:give(bytes, first, last, is_last): the next chunk is bytes[first..last] */
static int task_give(lua_State *L) {
  size_t len;
  core_task *t = check_task(L);
  const char *bytes = luaL_checklstring(L, 2, &len);
  int64_t first = compat_check_int64(L, 3);
  int64_t last = compat_check_int64(L, 4);
  luaL_argcheck(L, first >= 1 && last >= first - 1 && (uint64_t)last <= len, 4, "out of range");
  luaL_argcheck(L, wants_chunk(t), 1, "no chunk is wanted");
  lua_getuservalue(L, 1);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, 2);
  ftp_upload_give(&t->as.upload, &t->owner->modem, bytes + first - 1, (size_t)(last - first + 1),
                  lua_toboolean(L, 5), core_now_ms(t->owner));
  return 0;
}

/* Payload that was written and is still in the host; it is thrown away where the
 * module stops the upload. */
static int64_t count_unsent(const core_task *t) {
  port *p = &t->owner->port;
  ssize_t unsent = t->as.upload.in_flight ? p->ops->count_unsent(p) : 0;
  return unsent > 0 ? (int64_t)unsent : 0;
}

/* task:progress() -> bytes so far, bytes in all or nil */
static int task_progress(lua_State *L) {
  core_task *t = check_task(L);
  if (t->kind == CORE_UPLOAD) {
    compat_push_int64(L, ftp_upload_sent(&t->as.upload, &t->owner->modem) - count_unsent(t));
    return 1;
  }
  if (t->kind == CORE_UFS_DOWNLOAD) {
    compat_push_int64(L, t->as.ufs_download.received);
    compat_push_int64(L, t->as.ufs_download.size);
    return 2;
  }
  luaL_argcheck(L, t->kind == CORE_DOWNLOAD, 1, "not a transfer");
  compat_push_int64(L, t->as.download.received);
  if (t->as.download.wanted >= 0)
    compat_push_int64(L, t->as.download.wanted);
  else
    lua_pushnil(L);
  return 2;
}

static void withdraw(core_task *t) {
  at_error why = at_error_make(AT_ERROR_CANCELLED, "", NULL);
  bool is_in_queue = t->as.task.state != MODEM_TASK_NEW && !modem_task_has_ended(&t->as.task);
  bool was_listening = t->owner->listener == t;
  if (!is_in_queue && !was_listening) return;
  stop_listening(t);
  modem_withdraw(&t->owner->modem, &t->as.task, &why);
  wipe_secrets(t);
  core_wake_head(t->owner);
}

/* task:withdraw(): the caller gives up; the next step says "failed" */
static int task_withdraw(lua_State *L) {
  withdraw(check_task(L));
  return 0;
}

/* A coroutine that was thrown away takes its call with it. */
static int task_gc(lua_State *L) {
  core_task *t = check_task(L);
  withdraw(t);
  if (t->wake_fd >= 0) close(t->wake_fd);
  t->wake_fd = -1;
  return 0;
}

/* task:release(): gives the descriptor back without waiting for the collector */
static int task_release(lua_State *L) {
  return task_gc(L);
}

void core_register_task(lua_State *L) {
  core_new_type(L, CORE_TASK_TYPE);
  core_set_function(L, "step", task_step);
  core_set_function(L, "give", task_give);
  core_set_function(L, "progress", task_progress);
  core_set_function(L, "withdraw", task_withdraw);
  core_set_function(L, "release", task_release);
  core_set_function(L, "__gc", task_gc);
  core_set_function(L, "__close", task_gc); /* Lua 5.4: when a loop over its steps is left */
  lua_pop(L, 1);
}
