#include "modem/modem.h"

#include <string.h>

#include "at/cursor.h"
#include "modem/urc.h"

/* A resync that has not worked for this long is not going to. */
enum { RESYNC_LIMIT_MS = 20000 };

/* After news that an exchange will not survive, its own result may still come
 * and then says it better. */
enum { NOTICE_GRACE_MS = 2000 };

void modem_init(modem *m, uint32_t baudrate, uint64_t seed) {
  memset(m, 0, sizeof *m);
  at_engine_init(&m->engine, baudrate);
  at_engine_set_dirty(&m->engine, false);
  m->random = seed ? seed : 1;
  m->word = "";
}

/* xorshift64: good enough to be unknown to a file that was written before. */
uint64_t modem_random(modem *m) {
  m->random ^= m->random << 13;
  m->random ^= m->random >> 7;
  m->random ^= m->random << 17;
  return m->random;
}

bool modem_task_has_ended(const modem_task *t) {
  return t->state == MODEM_TASK_DONE || t->state == MODEM_TASK_FAILED;
}

/* --- the queue ---------------------------------------------------------- */

static bool is_resyncing(const modem *m) {
  return m->resync.task.state == MODEM_TASK_RUNNING;
}

void modem_submit(modem *m, modem_task *t, int64_t deadline_ms) {
  modem_task **place = &m->head;
  while (*place) place = &(*place)->next;
  *place = t;
  t->next = NULL;
  t->state = MODEM_TASK_QUEUED;
  t->deadline_ms = deadline_ms;
}

static void unlink_task(modem *m, modem_task *t) {
  modem_task **place = &m->head;
  while (*place && *place != t) place = &(*place)->next;
  if (*place) *place = t->next;
  t->next = NULL;
}

/* Has the head make way, if it can and anybody wants it to. */
static void serve_interrupts(modem *m) {
  modem_task *head = m->head;
  if (!head || head->state != MODEM_TASK_RUNNING || !head->class->suspend) return;
  for (modem_task *t = head->next; t; t = t->next) {
    if (!t->interrupts) continue;
    head->class->suspend(head, m);
    return;
  }
}

void modem_interrupt(modem *m, modem_task *t, int64_t now_ms) {
  m->now_ms = now_ms;
  t->interrupts = true;
  serve_interrupts(m);
}

void modem_make_way(modem *m) {
  modem_task *head = m->head;
  modem_task **place = &head->next;
  modem_task **front = &m->head;
  head->state = MODEM_TASK_SUSPENDED;
  while (*place) {
    modem_task *t = *place;
    if (t->interrupts) {
      *place = t->next;
      t->next = head;
      *front = t;
      front = &t->next;
    } else {
      place = &t->next;
    }
  }
}

static void end_task(modem *m, modem_task *t, modem_task_state state) {
  if (t != &m->resync.task) unlink_task(m, t);
  t->state = state;
}

void modem_task_finish(modem *m, modem_task *t) {
  end_task(m, t, MODEM_TASK_DONE);
}

/* When the context has gone, that is the reason, whatever the command says of
 * it; the numbers stay. */
static void prefer_notice(const at_error *notice, at_error *error) {
  bool is_consequence = error->kind == AT_ERROR_FTP || error->kind == AT_ERROR_PLAIN;
  if (notice->kind != AT_ERROR_PDP || !is_consequence) return;
  error->kind = AT_ERROR_PDP;
  memcpy(error->detail, notice->detail, sizeof error->detail);
}

void modem_task_fail(modem *m, modem_task *t, const at_error *why) {
  t->error = *why;
  if (t->class->uses_session) prefer_notice(&m->notice, &t->error);
  end_task(m, t, MODEM_TASK_FAILED);
}

void modem_task_fail_as(modem *m, modem_task *t, at_error_kind kind, const char *word,
                        const char *detail) {
  at_error why = at_error_make(kind, word, detail);
  modem_task_fail(m, t, &why);
}

void modem_withdraw(modem *m, modem_task *t, const at_error *why) {
  if (t->state == MODEM_TASK_NEW || modem_task_has_ended(t)) return;
  const char *word = t->state == MODEM_TASK_RUNNING ? m->word : t->word;
  at_error error = at_error_make(why->kind, why->command[0] ? why->command : word, why->detail);
  error.code = why->code;
  if (t == m->head) {
    at_engine_abort(&m->engine);
    m->resync.task.state = MODEM_TASK_NEW;
  }
  modem_task_fail(m, t, &error);
}

/* It has never begun: the module has nothing to do with it. */
static void fail_without_turn(modem *m, modem_task *t) {
  at_error why = at_error_make(AT_ERROR_TIMEOUT, t->word, NULL);
  why.reason = AT_REASON_NO_TURN;
  modem_task_fail(m, t, &why);
}

void modem_expire(modem *m, modem_task *t, int64_t now_ms) {
  if (t->state != MODEM_TASK_QUEUED || t == m->head || now_ms < t->deadline_ms) return;
  fail_without_turn(m, t);
}

uint32_t modem_task_time_left_ms(const modem *m, const modem_task *t, uint32_t limit_ms) {
  int64_t left = t->deadline_ms == AT_NEVER ? limit_ms : t->deadline_ms - m->now_ms;
  if (left < 1) return 1;
  return left < limit_ms ? (uint32_t)left : limit_ms;
}

/* --- exchanges ---------------------------------------------------------- */

void modem_begin(modem *m, modem_task *t, const char *word, const at_builder *b,
                 const at_exchange *how) {
  m->word = word;
  m->notice.kind = AT_ERROR_NONE;
  if (at_engine_begin(&m->engine, b, how, m->now_ms)) return;
  modem_task_fail_as(m, t, AT_ERROR_LOCAL, word, "the command does not fit the command line");
}

void modem_begin_simple(modem *m, modem_task *t, const char *word, uint32_t timeout_ms) {
  at_builder b = at_engine_command(&m->engine, word);
  at_exchange how = {.prefix = word, .timeout_ms = timeout_ms};
  modem_begin(m, t, word, &b, &how);
}

static at_error final_error(const modem *m, const at_final *final) {
  at_error error = at_error_make(AT_ERROR_PLAIN, m->word, NULL);
  switch (final->type) {
    case AT_FINAL_OK: error.kind = AT_ERROR_NONE; break;
    case AT_FINAL_CME:
    case AT_FINAL_CMS:
      error.code = final->code;
      error.kind = final->code >= 601 && final->code <= 631 ? AT_ERROR_FTP : AT_ERROR_CME;
      if (final->text_len < sizeof error.detail && final->text_len > 0) {
        memcpy(error.detail, final->text, final->text_len);
      }
      break;
    case AT_FINAL_NO_CARRIER: error.reason = AT_REASON_NO_CARRIER; break;
    default: break;
  }
  return error;
}

/* What the module has said before tells more than silence, or an error that a line of
 * the payload may have had. */
static bool is_told_by_notice(const modem *m, const at_error *error) {
  return m->notice.kind != AT_ERROR_NONE &&
         (error->kind == AT_ERROR_TIMEOUT || error->kind == AT_ERROR_CME);
}

at_error modem_event_error(const modem *m, const at_event *event) {
  at_error error = event->type == AT_EVENT_DONE ? final_error(m, &event->final)
                                                : at_error_make(event->failure, m->word, NULL);
  return is_told_by_notice(m, &error) ? m->notice : error;
}

bool modem_succeeded(modem *m, modem_task *t, const at_event *event) {
  at_error error = modem_event_error(m, event);
  if (error.kind == AT_ERROR_NONE) return true;
  modem_task_fail(m, t, &error);
  return false;
}

/* --- the run ------------------------------------------------------------ */

static modem_task *active_task(modem *m) {
  return is_resyncing(m) ? &m->resync.task : m->head;
}

static void start_resync(modem *m, bool is_proof) {
  modem_task *t = &m->resync.task;
  int64_t limit = m->now_ms + RESYNC_LIMIT_MS;
  memset(&m->resync, 0, sizeof m->resync);
  m->resync.is_proof = is_proof;
  m->engine.dropped = 0;
  t->class = &modem_resync_class;
  t->word = "AT";
  t->state = MODEM_TASK_RUNNING;
  t->deadline_ms = m->head->deadline_ms < limit ? m->head->deadline_ms : limit;
  t->class->start(t, m);
}

/* Lets the head begin, once the channel is clean. */
static void advance(modem *m) {
  modem_task *t = m->head;
  if (!t || t->state == MODEM_TASK_RUNNING || is_resyncing(m)) return;
  if (at_engine_is_dirty(&m->engine)) {
    start_resync(m, false);
    return;
  }
  m->word = t->word;
  bool was_suspended = t->state == MODEM_TASK_SUSPENDED;
  t->state = MODEM_TASK_RUNNING;
  if (was_suspended) {
    t->class->resume(t, m);
  } else {
    t->class->start(t, m);
  }
}

void modem_prove_command_mode(modem *m) {
  at_engine_set_dirty(&m->engine, false);
  start_resync(m, true);
}

/* A proof that needed more than questions and answers is none. */
static void end_proof(modem *m) {
  at_event done = {.type = AT_EVENT_DONE, .final = {AT_FINAL_OK, -1, NULL, 0}};
  if (m->resync.escaped || m->engine.dropped > 0) {
    modem_task_fail_as(m, m->head, AT_ERROR_FRAMING, m->head->word,
                       "the end of the transfer could not be told from its contents");
  } else {
    m->head->class->handle(m->head, m, &done);
  }
}

/* The resync has ended: what it failed of, the head fails of. */
static void leave_resync(modem *m) {
  modem_task *t = &m->resync.task;
  bool worked = t->state == MODEM_TASK_DONE;
  t->state = MODEM_TASK_NEW;
  if (!worked) {
    modem_task_fail(m, m->head, &t->error);
  } else if (m->resync.is_proof) {
    end_proof(m);
  }
}

/* A task that has not begun must not begin when its time is over; for one that
 * runs, what has come in counts before the clock does. */
static void expire(modem *m, modem_task *t) {
  at_engine_abort(&m->engine);
  if (t->state == MODEM_TASK_QUEUED) {
    fail_without_turn(m, t);
  } else {
    modem_task_fail_as(m, t, AT_ERROR_TIMEOUT, m->word, NULL);
  }
  if (t == &m->resync.task) leave_resync(m);
}

/* The running call cannot end well any more, but may still say so itself. */
static void note_loss(modem *m, const at_error *why) {
  modem_task *t = m->head;
  if (!t || t->state != MODEM_TASK_RUNNING || !t->class->uses_session) return;
  m->notice = at_error_make(why->kind, m->word, why->detail);
  m->notice.code = why->code;
  m->notice.protocol = why->protocol;
  at_engine_hurry(&m->engine, m->now_ms + NOTICE_GRACE_MS);
}

/* Whatever the module was doing is forgotten; echo is on again, and errors
 * have no numbers. */
static void handle_restart(modem *m, const at_error *why) {
  modem_task *t = m->head;
  m->session_open = false;
  at_engine_set_dirty(&m->engine, false);
  if (!t || t->state != MODEM_TASK_RUNNING) return;
  at_engine_abort(&m->engine);
  m->resync.task.state = MODEM_TASK_NEW; /* it may have been proving something for the call */
  modem_task_fail_as(m, t, why->kind, m->word, why->detail);
}

static void handle_urc(modem *m, const at_event *event) {
  at_error why;
  int cid = 0;
  switch (modem_urc_read(event->text, event->len, &why, &cid)) {
    case MODEM_URC_RESTARTED: handle_restart(m, &why); break;
    case MODEM_URC_SESSION_LOST:
      m->session_open = false;
      note_loss(m, &why);
      break;
    case MODEM_URC_CONTEXT_LOST:
      if (cid != m->session_cid) break;
      m->session_open = false;
      note_loss(m, &why);
      break;
    case MODEM_URC_OTHER: break;
  }
}

/* Hands an event of the engine to whom it belongs; true to tell the caller. */
static bool dispatch(modem *m, const at_event *event) {
  if (event->type == AT_EVENT_TRACE) return true;
  if (event->type == AT_EVENT_URC) {
    handle_urc(m, event);
    return true;
  }
  modem_task *t = active_task(m);
  if (!t || t->state != MODEM_TASK_RUNNING) return false;
  bool tell = t->class->handle(t, m, event);
  if (t == &m->resync.task && modem_task_has_ended(t)) leave_resync(m);
  return tell;
}

bool modem_is_beginning(const modem *m) {
  return m->head && m->head->state == MODEM_TASK_QUEUED && at_engine_is_idle(&m->engine);
}

bool modem_next_older(modem *m, int64_t now_ms, at_event *event) {
  m->now_ms = now_ms;
  while (modem_is_beginning(m) && at_engine_has_input(&m->engine)) {
    if (at_engine_next(&m->engine, now_ms, event) && dispatch(m, event)) return true;
  }
  return false;
}

bool modem_next(modem *m, int64_t now_ms, at_event *event) {
  modem_task *owner = m->head;
  m->now_ms = now_ms;
  for (;;) {
    modem_task *t = active_task(m);
    if (t && t->state == MODEM_TASK_QUEUED && now_ms >= t->deadline_ms) expire(m, t);
    if (m->head != owner) return false;
    /* What came before the head could begin is not meant for it. */
    bool has_older_input = at_engine_is_idle(&m->engine) && at_engine_has_input(&m->engine);
    if (!has_older_input) {
      advance(m);
      serve_interrupts(m);
    }
    if (m->head != owner) return false;
    if (at_engine_next(&m->engine, now_ms, event)) {
      if (dispatch(m, event)) return true;
    } else if (!has_older_input) {
      t = active_task(m);
      if (!t || now_ms < t->deadline_ms) return false;
      expire(m, t);
    }
  }
}

int64_t modem_deadline(const modem *m) {
  const modem_task *t = is_resyncing(m) ? &m->resync.task : m->head;
  int64_t deadline = at_engine_deadline(&m->engine, m->now_ms);
  if (t && t->deadline_ms < deadline) deadline = t->deadline_ms;
  return deadline;
}
