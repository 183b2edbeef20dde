#include "modem/modem.h"

#include <string.h>

#include "modem/internal.h"
#include "modem/random.h"
#include "modem/urc.h"

/* After a notice that an exchange will not survive, its own result may still come, and then
 * says it better. */
enum { NOTICE_GRACE_MS = 2000 };

void modem_init(modem *m, uint32_t baudrate, uint64_t seed) {
  memset(m, 0, sizeof *m);
  at_engine_init(&m->engine, baudrate);
  at_engine_set_dirty(&m->engine, false);
  modem_resync_init(&m->resync, &m->engine, seed);
  m->word = "";
}

uint64_t modem_random(modem *m) {
  return modem_random_next(&m->resync.random);
}

static void start_resync(modem *m, bool is_proof) {
  m->word = "AT";
  modem_resync_start(&m->resync, is_proof, m->now_ms);
}

/* --- the queue ---------------------------------------------------------- */

void modem_submit(modem *m, modem_task *t, int64_t deadline_ms) {
  modem_task **place = &m->head;
  while (*place) place = &(*place)->next;
  *place = t;
  t->next = NULL;
  t->state = MODEM_TASK_QUEUED;
  t->session = t->class->needs_session && m->session_open ? m->session : 0;
  t->deadline_ms = deadline_ms;
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

/* Gives up what the engine does for the task. A resync goes on: it is the modem's. */
static void give_up_exchange(modem *m) {
  if (modem_resync_is_running(&m->resync)) {
    m->resync.is_proof = false;
  } else {
    at_engine_abort(&m->engine);
  }
}

void modem_withdraw(modem *m, modem_task *t, const at_error *why) {
  if (t->state == MODEM_TASK_NEW || modem_task_has_ended(t)) return;
  const char *word = modem_task_is_active(t) ? m->word : t->word;
  t->error = at_error_make(why->kind, why->command[0] ? why->command : word, why->detail);
  t->error.code = why->code;
  if (t == m->head) give_up_exchange(m);
  modem_task_fail_now(m, t);
}

/* It has never begun: the module has nothing to do with it. */
static void fail_without_turn(modem *m, modem_task *t) {
  t->error = at_error_make(AT_ERROR_TIMEOUT, t->word, NULL);
  t->error.reason = AT_REASON_NO_TURN;
  modem_task_fail_now(m, t);
}

void modem_expire(modem *m, modem_task *t, int64_t now_ms) {
  if (t->state != MODEM_TASK_QUEUED || t == m->head || now_ms < t->deadline_ms) return;
  fail_without_turn(m, t);
}

/* --- exchanges ---------------------------------------------------------- */

void modem_begin(modem *m, modem_task *t, const char *word, const at_builder *b,
                 const at_exchange *how) {
  at_error why;
  m->word = word;
  if (how->shape == AT_SHAPE_DATA && !modem_resync_is_line_set(&m->resync, &why)) {
    at_engine_set_dirty(&m->engine, false); /* the next call tries again */
    modem_task_fail(m, t, &why);
    return;
  }
  if (at_engine_begin(&m->engine, b, how, m->now_ms)) return;
  modem_task_fail_as(m, t, AT_ERROR_LOCAL, word, "the command does not fit the command line");
}

/* --- steps -------------------------------------------------------------- */

/* After a resync that has taken most of its time, a task sends nothing that cannot be
 * answered in time: the channel would be dirty again, and so on with each call. */
static bool is_too_late(modem *m, modem_task *t) {
  if (m->resync.awaited_by != t) return false;
  if (t->deadline_ms - m->now_ms >= modem_resync_answer_ms(&m->resync)) return false;
  t->error = modem_resync_error(&m->resync);
  modem_task_fail_now(m, t);
  return true;
}

static void begin_step(modem *m, modem_task *t) {
  if (is_too_late(m, t)) return;
  t->is_due = false;
  t->step->begin(t, m);
}

static void end_step(modem *m, modem_task *t, const at_event *event) {
  const modem_step *step = t->step;
  at_error error = modem_event_error(m, event);
  if (error.kind == AT_ERROR_NONE) {
    step->next(t, m);
  } else if (step->failed) {
    step->failed(t, m, &error);
  } else {
    modem_task_fail(m, t, &error);
  }
}

/* Hands an event of its exchange to the task; true to tell the caller. */
static bool handle(modem *m, modem_task *t, const at_event *event) {
  const modem_step *step = t->step;
  switch (event->type) {
    case AT_EVENT_LINE:
      if (step->line) step->line(t, m, event);
      return step->hands_on;
    case AT_EVENT_DATA: step->data(t, m, event); return true;
    case AT_EVENT_CONNECT: step->connect(t, m); return false;
    case AT_EVENT_SUSPENDED: modem_make_way(m); return false;
    default: end_step(m, t, event); return false;
  }
}

/* Another login has been made meanwhile, or the session was lost. */
static bool has_lost_session(const modem *m, const modem_task *t) {
  return t->session != 0 && (t->session != m->session || !m->session_open);
}

static void fail_without_session(modem *m, modem_task *t) {
  t->error = at_error_make(AT_ERROR_CLOSED, t->word, NULL);
  t->error.reason = AT_REASON_LOST;
  modem_task_fail_now(m, t);
}

static void begin_task(modem *m, modem_task *t) {
  bool was_suspended = t->state == MODEM_TASK_SUSPENDED;
  if (is_too_late(m, t)) return;
  m->word = t->word;
  t->state = MODEM_TASK_RUNNING;
  if (!was_suspended && t->class->has_own_deadlines) t->deadline_ms = AT_NEVER;
  m->settle.begun_ms = m->now_ms;
  if (was_suspended) {
    modem_task_go(m, t, t->class->resume);
  } else {
    bool settles = t->class->settle && m->session_open && m->session_in_doubt;
    modem_task_go(m, t, settles ? t->class->settle : t->class->first);
  }
}

/* --- resync --------------------------------------------------------------- */

void modem_prove_command_mode(modem *m) {
  at_engine_set_dirty(&m->engine, false);
  start_resync(m, true);
}

/* A proof that needed more than questions and answers is none. */
static void end_proof(modem *m, modem_task *t) {
  m->resync.is_proof = false;
  if (m->resync.escaped || at_engine_noise(&m->engine) > 0) {
    modem_task_fail_as(m, t, AT_ERROR_FRAMING, t->word,
                       "the end of the transfer could not be told from its contents");
  } else {
    t->step->next(t, m);
  }
}

/* The channel is clean: whoever has waited for that goes on. */
static void leave_resync(modem *m) {
  modem_task *t = m->head;
  if (!m->resync.is_proof) m->epoch++;
  if (t && t->state == MODEM_TASK_RUNNING && m->resync.is_proof) end_proof(m, t);
}

/* --- what a restart takes along -------------------------------------------- */

void modem_open_session(modem *m) {
  m->session_open = true;
  m->session_in_doubt = false;
  if (++m->session == 0) m->session = 1;
}

uint32_t modem_epoch(const modem *m) {
  bool is_proof = modem_resync_is_running(&m->resync) && m->resync.is_proof;
  return m->epoch + (at_engine_is_dirty(&m->engine) && !is_proof ? 1 : 0);
}

/* A module that loses its power for a moment may come back without a word. But it echoes
 * commands again. */
static void look_for_echo(modem *m) {
  if (at_engine_tells_restart(&m->engine)) m->session_open = false;
}

/* --- notices -------------------------------------------------------------- */

/* The running call cannot end well any more, but may still say so itself. */
static void note_loss(modem *m, const at_error *why) {
  modem_task *t = m->head;
  m->session_open = false;
  if (!t || !modem_task_is_active(t) || !t->class->uses_session) return;
  m->notice = at_error_make(why->kind, m->word, why->detail);
  m->notice.code = why->code;
  m->notice.protocol = why->protocol;
  at_engine_hurry(&m->engine, m->now_ms + NOTICE_GRACE_MS);
}

/* Whatever the module was doing is forgotten; echo is on again, and errors
 * have no numbers. */
static void handle_restart(modem *m, const at_error *why) {
  modem_task *t = m->head;
  bool was_resyncing = modem_resync_is_running(&m->resync);
  m->session_open = false;
  at_engine_abort(&m->engine);
  at_engine_set_dirty(&m->engine, false);
  modem_rates_try_again(&m->resync.rates);
  if (t && modem_task_is_active(t)) {
    t->error = at_error_make(why->kind, m->word, why->detail);
    modem_task_fail_now(m, t);
  }
  if (was_resyncing) start_resync(m, false);
}

static void handle_urc(modem *m, const at_event *event) {
  at_error why;
  int cid = 0;
  switch (modem_urc_read(event->text, event->len, &why, &cid)) {
    case MODEM_URC_RESTARTED: handle_restart(m, &why); break;
    case MODEM_URC_SESSION_LOST: note_loss(m, &why); break;
    case MODEM_URC_CONTEXT_LOST:
      if (cid == m->session_cid) note_loss(m, &why);
      break;
    case MODEM_URC_OTHER: break;
  }
}

/* --- the run ------------------------------------------------------------ */

/* Hands an event of the engine to whom it belongs; true to tell the caller. */
static bool dispatch(modem *m, const at_event *event) {
  modem_task *t = m->head;
  if (event->type == AT_EVENT_TRACE) return true;
  if (event->type == AT_EVENT_URC) {
    handle_urc(m, event);
    return true;
  }
  if (modem_resync_is_running(&m->resync)) {
    if (modem_resync_handle(&m->resync, event, m->now_ms)) leave_resync(m);
    return false;
  }
  if (!t) return false;
  if (event->type == AT_EVENT_DONE) look_for_echo(m);
  if (t->state == MODEM_TASK_FAILING) {
    modem_task_fail_now(m, t);
    return false;
  }
  return t->state == MODEM_TASK_RUNNING && handle(m, t, event);
}

/* Lets the head begin, or its step, once the channel is clean. True where anything has
 * begun. */
static bool advance(modem *m) {
  modem_task *t = m->head;
  if (!t || !at_engine_is_idle(&m->engine)) return false;
  bool is_active = modem_task_is_active(t);
  if (is_active && !t->is_due) return false;
  if (!is_active && has_lost_session(m, t)) {
    fail_without_session(m, t);
  } else if (at_engine_is_dirty(&m->engine)) {
    start_resync(m, false);
  } else if (t->is_due) {
    begin_step(m, t);
  } else {
    begin_task(m, t);
  }
  return true;
}

/* Nobody waits for it any more. */
static bool abandon_resync(modem *m) {
  if (m->now_ms < modem_resync_deadline_ms(&m->resync)) return false;
  modem_resync_stop(&m->resync);
  return true;
}

/* The time of the head is over, or that of the resync it waits for. */
static bool expire(modem *m) {
  modem_task *t = m->head;
  bool resyncs = modem_resync_is_running(&m->resync);
  if (t && !resyncs && m->now_ms < t->deadline_ms) return false; /* mostly */
  if (resyncs) modem_resync_await(&m->resync, t, m->now_ms);
  if (!t) return resyncs && abandon_resync(m);
  bool is_over = m->now_ms >= t->deadline_ms;
  if (!is_over && !(resyncs && m->now_ms >= modem_resync_deadline_ms(&m->resync))) return false;
  if (t->state == MODEM_TASK_QUEUED && !resyncs) {
    fail_without_turn(m, t);
    return true;
  }
  t->error =
      resyncs ? modem_resync_error(&m->resync) : at_error_make(AT_ERROR_TIMEOUT, m->word, NULL);
  give_up_exchange(m);
  modem_task_fail_now(m, t);
  return true;
}

bool modem_read(modem *m, int64_t now_ms, at_event *event) {
  modem_task *owner = m->head;
  m->now_ms = now_ms;
  while (m->head == owner && at_engine_next(&m->engine, now_ms, event)) {
    if (dispatch(m, event)) return true;
  }
  return false;
}

bool modem_run(modem *m, int64_t now_ms, at_event *event) {
  modem_task *owner = m->head;
  m->now_ms = now_ms;
  while (m->head == owner) {
    if (at_engine_tick(&m->engine, now_ms, event)) {
      if (dispatch(m, event) || modem_read(m, now_ms, event)) return true;
    } else if (!expire(m) && !advance(m)) {
      serve_interrupts(m);
      return at_engine_is_tracing(&m->engine) && modem_read(m, now_ms, event);
    }
  }
  return false;
}

int64_t modem_deadline(const modem *m) {
  int64_t deadline_ms = at_engine_deadline(&m->engine, m->now_ms);
  if (m->head && m->head->deadline_ms < deadline_ms) deadline_ms = m->head->deadline_ms;
  if (modem_resync_is_running(&m->resync)) {
    int64_t resync_ms = modem_resync_deadline_ms(&m->resync);
    if (resync_ms < deadline_ms) deadline_ms = resync_ms;
  }
  return deadline_ms;
}
