#include "lua/queue.h"

#include "lua/turn.h"

/* Source and sink of a script may close the modem before a call that is made behind them: such
 * a call has failed from the start. */
static void refuse(core_modem *m, modem_task *t) {
  t->state = MODEM_TASK_FAILED;
  t->error = at_error_make(m->lost.kind, t->word, NULL);
  t->error.code = m->lost.code;
}

int core_queue_submit(lua_State *L, core_call *c, int64_t timeout_ms) {
  core_modem *m = core_check_modem(L, 1);
  if (m->is_closed) {
    refuse(m, &c->as.task);
    return 1;
  }
  if (!m->modem.head) m->stepped_ms = core_now_ms(m);
  modem_submit(&m->modem, &c->as.task, core_now_ms(m) + timeout_ms);
  return 1;
}

/* The download may sleep until bytes come, and now has guards to keep. */
void core_queue_interrupt(core_call *c) {
  core_modem *m = c->waiter.owner;
  if (core_call_has_ended(c)) return;
  modem_interrupt(&m->modem, &c->as.task, core_now_ms(m));
  core_notifier_notify(&m->notifier);
}

void core_queue_stop_listening(core_call *c) {
  core_modem *m = c->waiter.owner;
  if (c->has_left) core_notifier_close(&c->left);
  c->has_left = false;
  if (m->listener != c) return;
  m->listener = NULL;
  core_notifier_reset(&m->notifier);
}

static bool is_its_turn(const core_call *c) {
  return c->waiter.owner->modem.head == &c->as.task;
}

/* A head that waits for the modem is due at its deadline. One that does not is in a callback,
 * or has been woken and has not run yet: it is checked on after a moment, and then the less
 * often the longer that lasts, as a source may be slow. */
static int64_t head_check_ms(const core_modem *m) {
  int64_t head_ms = modem_deadline(&m->modem);
  bool was_checked = m->reclaimed_ms > m->stepped_ms;
  if (m->listener) return m->reclaimed_ms < head_ms ? head_ms : AT_NEVER;
  return was_checked ? m->reclaimed_ms + 2 * (m->reclaimed_ms - m->stepped_ms) : m->stepped_ms;
}

/* When a queued call checks on the head: shortly after that should have moved, or at its own
 * deadline. */
static int64_t check_time_ms(const core_call *c) {
  int64_t own_ms = c->as.task.deadline_ms;
  int64_t head_ms = head_check_ms(c->waiter.owner);
  return head_ms > own_ms - CORE_HEAD_GRACE_MS ? own_ms : head_ms + CORE_HEAD_GRACE_MS;
}

bool core_queue_get_turn(lua_State *L, core_call *c) {
  core_modem *m = c->waiter.owner;
  if (core_call_has_ended(c) || is_its_turn(c)) return true;
  if (core_now_ms(m) >= check_time_ms(c)) core_reclaim_abandoned(L, m);
  if (is_its_turn(c)) return true;
  modem_expire(&m->modem, &c->as.task, core_now_ms(m));
  return core_call_has_ended(c);
}

int core_queue_push_wait(lua_State *L, core_call *c) {
  return core_waiter_push_wait(L, &c->waiter, check_time_ms(c));
}

void core_queue_wake_head(core_modem *m) {
  modem_task *head = m->modem.head;
  m->stepped_ms = core_now_ms(m);
  if (head && head->state != MODEM_TASK_RUNNING) core_waiter_wake(&core_call_of(head)->waiter);
}

void core_queue_withdraw(core_call *c) {
  core_modem *m = c->waiter.owner;
  at_error why = at_error_make(AT_ERROR_CANCELLED, "", NULL);
  if (c->as.task.state == MODEM_TASK_NEW) return;
  core_queue_stop_listening(c);
  if (core_call_has_ended(c)) return;
  modem_withdraw(&m->modem, &c->as.task, &why);
  core_call_wipe(c);
  core_queue_wake_head(m);
}

static void end_calls(core_modem *m, const at_error *why) {
  while (m->modem.head) {
    modem_task *task = m->modem.head;
    modem_withdraw(&m->modem, task, why);
    core_waiter_wake(&core_call_of(task)->waiter);
  }
}

/* Many event loops allow one waiter for a descriptor, and the coroutine that waits for the
 * modem may never come back: it keeps its descriptor, and the modem gets another one. Where
 * there is none, the modem has no notifier: see core_push_wait(). */
static void leave_listener(core_modem *m) {
  core_call *c = m->listener;
  int port_fd = m->notifier.port_fd;
  if (!c) return;
  m->listener = NULL;
  core_notifier_leave(&m->notifier, &c->left);
  c->has_left = true;
  if (!m->is_closed) (void)core_notifier_open(&m->notifier, port_fd);
}

void core_end_all(core_modem *m, const at_error *why) {
  leave_listener(m);
  end_calls(m, why);
  core_turn_end_waits(m, why);
}
