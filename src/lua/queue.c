#include "lua/queue.h"

#include "lua/turn.h"

int core_queue_submit(lua_State *L, core_call *c, int64_t timeout_ms) {
  core_modem *m = core_check_open_modem(L, 1); /* reading arguments may have closed it */
  modem_submit(&m->modem, &c->as.task, core_now_ms(m) + timeout_ms);
  return 1;
}

/* The download may sleep until bytes come, and now has guards to keep. */
void core_queue_interrupt(core_call *c) {
  core_modem *m = c->waiter.owner;
  modem_interrupt(&m->modem, &c->as.task, core_now_ms(m));
  core_notifier_notify(&m->notifier);
}

void core_queue_stop_listening(core_call *c) {
  core_modem *m = c->waiter.owner;
  if (m->listener != c) return;
  m->listener = NULL;
  core_notifier_reset(&m->notifier);
}

/* At the head of the queue, and nobody else waits for the modem: many event loops allow one
 * waiter for a descriptor. A coroutine whose call was ended from the outside still waits
 * there until it runs again. */
static bool is_its_turn(const core_call *c) {
  const core_modem *m = c->waiter.owner;
  return m->modem.head == &c->as.task && !m->listener;
}

/* When a queued call checks on the head: at its own deadline, or shortly after the head's,
 * once for each of the head's deadlines. */
static int64_t check_time_ms(const core_call *c) {
  const core_modem *m = c->waiter.owner;
  int64_t own_ms = c->as.task.deadline_ms;
  int64_t head_ms = modem_deadline(&m->modem);
  if (head_ms > own_ms - CORE_HEAD_GRACE_MS || m->reclaimed_ms >= head_ms) return own_ms;
  return head_ms + CORE_HEAD_GRACE_MS;
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
  if (head && head->state != MODEM_TASK_RUNNING) core_waiter_wake(&core_call_of(head)->waiter);
}

void core_queue_withdraw(core_call *c) {
  core_modem *m = c->waiter.owner;
  at_error why = at_error_make(AT_ERROR_CANCELLED, "", NULL);
  if (c->as.task.state == MODEM_TASK_NEW) return;
  if (core_call_has_ended(c) && m->listener != c) return;
  core_queue_stop_listening(c);
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

void core_end_all(core_modem *m, const at_error *why) {
  if (m->listener) core_notifier_notify(&m->notifier);
  end_calls(m, why);
  core_turn_end_waits(m, why);
}
