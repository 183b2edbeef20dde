/*
 * Brings the channel back to a known state, from whatever a timeout or a
 * crashed process left: data mode, half a command typed, a reply outstanding,
 * echo on, a module that is still booting.
 *
 * It believes nothing that could have been said before or be part of a file.
 * An OK may be stale; the echo of a number that was drawn a moment ago cannot
 * be: so echo is switched on, a harmless command with such a number is sent,
 * and what comes behind its echo is the answer to it. Everything older has
 * then been read and dropped.
 */
#include "modem/modem.h"

enum { PROBE_MS = 500, ANSWER_MS = 1500, PROBES_BEFORE_ESCAPE = 2 };

enum {
  PHASE_ESCAPE, /* "+++" between its guards */
  PHASE_PROBE,  /* AT: is anyone there? Ends half a line, too */
  PHASE_ECHO,   /* ATE1 */
  PHASE_PROOF,  /* a command that has never been sent before */
  PHASE_QUIET,  /* ATE0 */
  PHASE_NUMBERS /* AT+CMEE=1: errors with their numbers */
};

static void send(modem_task *t, modem *m, int phase, const char *word) {
  at_builder b = at_engine_command(&m->engine, word);
  at_exchange how = {.timeout_ms = phase == PHASE_PROBE ? PROBE_MS : ANSWER_MS, .noisy = true};
  t->phase = phase;
  modem_begin(m, t, "AT", &b, &how);
}

/* AT+QFLST of a file that cannot exist: changes nothing in any state. */
static void send_proof(modem_task *t, modem *m) {
  char name[16];
  uint64_t number = modem_random(m);
  for (size_t i = 0; i < sizeof name; i++, number >>= 4) name[i] = "0123456789abcdef"[number & 15];
  at_builder b = at_engine_command(&m->engine, "+QFLST");
  at_builder_add_string(&b, name, sizeof name);
  at_exchange how = {.timeout_ms = ANSWER_MS, .noisy = true, .needs_echo = true};
  t->phase = PHASE_PROOF;
  modem_begin(m, t, "AT", &b, &how);
}

static void escape(modem_task *t, modem *m) {
  t->phase = PHASE_ESCAPE;
  ((modem_resync *)t)->attempts = 0;
  ((modem_resync *)t)->escaped = true;
  m->word = "AT";
  at_engine_escape(&m->engine, m->now_ms);
}

static void resync_start(modem_task *t, modem *m) {
  if (m->engine.in_data_mode) {
    escape(t, m);
  } else {
    send(t, m, PHASE_PROBE, "");
  }
}

/* Nobody answered: half a line, data mode, or a module that is off. */
static void try_again(modem_task *t, modem *m) {
  modem_resync *r = (modem_resync *)t;
  if (++r->attempts >= PROBES_BEFORE_ESCAPE && t->phase != PHASE_ESCAPE) {
    escape(t, m);
  } else {
    send(t, m, PHASE_PROBE, "");
  }
}

static bool resync_handle(modem_task *t, modem *m, const at_event *event) {
  if (event->type == AT_EVENT_FAILED && t->phase != PHASE_ESCAPE) {
    try_again(t, m);
  } else if (event->type == AT_EVENT_FAILED || event->type == AT_EVENT_DONE) {
    switch (t->phase) {
      case PHASE_ESCAPE: send(t, m, PHASE_PROBE, ""); break;
      case PHASE_PROBE: send(t, m, PHASE_ECHO, "E1"); break;
      case PHASE_ECHO: send_proof(t, m); break;
      case PHASE_PROOF: send(t, m, PHASE_QUIET, "E0"); break;
      case PHASE_QUIET: send(t, m, PHASE_NUMBERS, "+CMEE=1"); break;
      default: at_engine_set_clean(&m->engine); modem_task_finish(m, t);
    }
  }
  return false;
}

const modem_task_class modem_resync_class = {.start = resync_start, .handle = resync_handle};
