/* The steps of a task, its end, and its errors. */
#include <string.h>

#include "modem/internal.h"
#include "modem/modem.h"

/* Behind a result that fails, the module may say why. */
enum { LISTEN_MS = 300 };

void modem_task_go(modem *m, modem_task *t, const modem_step *step) {
  t->step = step;
  t->is_due = true;
  m->notice.kind = AT_ERROR_NONE;
}

uint32_t modem_task_time_left_ms(const modem *m, const modem_task *t, uint32_t limit_ms) {
  int64_t left = t->deadline_ms == AT_NEVER ? limit_ms : t->deadline_ms - m->now_ms;
  if (left < 1) return 1;
  return left < limit_ms ? (uint32_t)left : limit_ms;
}

bool modem_task_has_ended(const modem_task *t) {
  return t->state == MODEM_TASK_DONE || t->state == MODEM_TASK_FAILED;
}

/* --- the end ------------------------------------------------------------ */

static void unlink_task(modem *m, modem_task *t) {
  modem_task **place = &m->head;
  while (*place && *place != t) place = &(*place)->next;
  if (*place) *place = t->next;
  t->next = NULL;
}

/* A task of the session that has begun, and has not heard its end; or the module itself says
 * that it is busy. */
static bool leaves_doubt(const modem *m, const modem_task *t) {
  bool has_begun = modem_task_is_active(t) || t->state == MODEM_TASK_SUSPENDED;
  bool is_unheard = at_engine_is_dirty(&m->engine) || modem_resync_is_running(&m->resync) ||
                    t->state == MODEM_TASK_SUSPENDED;
  bool is_busy = t->error.kind == AT_ERROR_FTP && t->error.code == 603;
  return t->class->settle && has_begun && (is_unheard || is_busy);
}

static void end_task(modem *m, modem_task *t, modem_task_state state) {
  if (state == MODEM_TASK_FAILED && leaves_doubt(m, t)) m->session_in_doubt = true;
  unlink_task(m, t);
  t->state = state;
  if (m->resync.awaited_by == t) m->resync.awaited_by = NULL;
  if (t->class->wipe) t->class->wipe(t);
}

void modem_task_finish(modem *m, modem_task *t) {
  end_task(m, t, MODEM_TASK_DONE);
}

/* If the PDP context is gone, report that as the cause, and keep the command's numbers. */
static void prefer_notice(const at_error *notice, at_error *error) {
  bool is_consequence = error->kind == AT_ERROR_FTP || error->kind == AT_ERROR_PLAIN;
  if (notice->kind != AT_ERROR_PDP || !is_consequence) return;
  error->kind = AT_ERROR_PDP;
  memcpy(error->detail, notice->detail, sizeof error->detail);
}

/* The control connection is gone (606), or the server does not know the user any more: 530,
 * which is 625, and 503, as other commands must come before. */
static bool ends_session(const at_error *why) {
  bool is_about_login = why->code == 606 || why->code == 625 || why->protocol == 503;
  return why->kind == AT_ERROR_FTP && is_about_login;
}

void modem_task_fail_now(modem *m, modem_task *t) {
  if (t->class->needs_session && ends_session(&t->error)) m->session_open = false;
  if (t->class->uses_session) prefer_notice(&m->notice, &t->error);
  end_task(m, t, MODEM_TASK_FAILED);
}

/* Failures that the network may be behind, as the file or the name is not. */
static bool may_have_a_reason(const at_error *why) {
  if (why->code == 603) return false; /* busy */
  return why->kind == AT_ERROR_PLAIN ||
         (why->kind == AT_ERROR_FTP && (why->code <= 609 || why->code == 616));
}

void modem_task_fail(modem *m, modem_task *t, const at_error *why) {
  bool listens = t->state == MODEM_TASK_RUNNING && t->class->uses_session &&
                 at_engine_is_idle(&m->engine) && may_have_a_reason(why);
  t->error = *why;
  if (listens) {
    t->state = MODEM_TASK_FAILING;
    at_engine_pause(&m->engine, LISTEN_MS, m->now_ms);
  } else {
    modem_task_fail_now(m, t);
  }
}

void modem_task_fail_as(modem *m, modem_task *t, at_error_kind kind, const char *word,
                        const char *detail) {
  at_error why = at_error_make(kind, word, detail);
  modem_task_fail(m, t, &why);
}

/* --- errors ------------------------------------------------------------- */

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

/* What the module has said before tells more than silence, or than an error that a line of
 * the payload may have had. */
static bool is_told_by_notice(const modem *m, const at_error *error) {
  bool tells_less = error->kind == AT_ERROR_TIMEOUT || error->kind == AT_ERROR_CME ||
                    error->kind == AT_ERROR_PLAIN;
  return m->notice.kind != AT_ERROR_NONE && tells_less;
}

at_error modem_event_error(const modem *m, const at_event *event) {
  at_error error = event->type == AT_EVENT_DONE ? final_error(m, &event->final)
                                                : at_error_make(event->failure, m->word, NULL);
  return is_told_by_notice(m, &error) ? m->notice : error;
}
