#include "modem/resync.h"

#include <string.h>

#include "modem/random.h"

enum {
  FIRST_PATIENCE_MS = 500,
  SHORTEST_ANSWER_MS = 1500, /* for what has been answered before */
  PROOF_PATIENCE_MS = 5000,  /* behind a payload, where nothing but a slow module is likely */
  LONGEST_PATIENCE_MS = 8000,
  SILENCE_LIMIT_MS = 20000,   /* a module that has said nothing for so long is not there */
  SILENCE_AT_OTHER_MS = 8000, /* the same, for each other baud rate */
  WAIT_LIMIT_MS = 60000,      /* no task waits longer for one that does answer */
  LONGEST_PROOF_MS = 40000,   /* for all answers that are due before that to the proof */
  UNECHOED_LIMIT = 3,         /* rounds without an echo: there will be none */
  ENDS_COMMANDS = 3,          /* command lines of STEP_ENDS */
  SETTLE_MS = 100,            /* for a module that changes its baud rate */
  RAISE_MISSES = 2,           /* probes without an answer at the new rate */
  BOOT_PAUSE_MS = 500         /* one that refuses everything is booting */
};

typedef enum {
  STEP_NONE,
  STEP_ESCAPE,  /* "+++" between its guards */
  STEP_PROBE,   /* AT: is anyone there? Ends half a line, too */
  STEP_RESTORE, /* result codes as words, echo, usual line ends */
  STEP_ENDS,    /* the character that ends a command, whatever it is now */
  STEP_ECHO,    /* ATE1 */
  STEP_PROOF,   /* a command that has never been sent before */
  STEP_QUIET,   /* ATE0 */
  STEP_NUMBERS, /* AT+CMEE=1: errors with their numbers */
  STEP_FLOW,    /* AT+IFC=2,2: RTS and CTS */
  STEP_DTR,     /* AT&D1: DTR suspends data mode */
  STEP_RAISE,   /* AT+IPR: another baud rate */
  STEP_SETTLE,  /* lets the module change it */
  STEP_PAUSE    /* lets a module boot */
} resync_step;

/* What is tried in turn while nobody answers: half a line may stand there, data mode may be
 * on, commands may end with another character, or result codes be off. What somebody has
 * set may be all of these: a command is heard only once it ends as usual. */
static const uint8_t attempts[] = {STEP_PROBE, STEP_PROBE, STEP_ESCAPE,
                                   STEP_PROBE, STEP_ENDS,  STEP_RESTORE};

enum { ESCAPE_ATTEMPT = 2, ATTEMPTS = sizeof attempts };

static void send(modem_resync *r, resync_step step, const at_builder *b, at_shape shape,
                 uint32_t timeout_ms) {
  at_exchange how = {.shape = shape, .timeout_ms = timeout_ms};
  r->step = (uint8_t)step;
  r->due += step == STEP_ENDS ? ENDS_COMMANDS : 1;
  r->sent_ms = r->now_ms;
  at_engine_begin(r->engine, b, &how, r->now_ms);
}

static void send_word(modem_resync *r, resync_step step, const char *word, uint32_t timeout_ms) {
  at_builder b = at_engine_command(r->engine, word);
  send(r, step, &b, AT_SHAPE_PROBE, timeout_ms);
}

static uint32_t answer_ms(const modem_resync *r) {
  uint32_t least_ms = r->is_proof ? PROOF_PATIENCE_MS : SHORTEST_ANSWER_MS;
  return r->patience_ms > least_ms ? r->patience_ms : least_ms;
}

static uint32_t probe_ms(const modem_resync *r) {
  return r->is_proof ? answer_ms(r) : r->patience_ms;
}

/* A slow module answers all that was sent before, one after the other. */
static uint32_t proof_ms(const modem_resync *r) {
  uint32_t wanted_ms = answer_ms(r) * (r->due + 1);
  return wanted_ms < LONGEST_PROOF_MS ? wanted_ms : LONGEST_PROOF_MS;
}

/* AT+QFLST of a file that cannot exist: changes nothing in any state. Behind a payload, where
 * nothing is in doubt, the same line switches the echo off again. */
static void send_proof(modem_resync *r) {
  char name[16];
  uint64_t number = modem_random_next(&r->random);
  for (size_t i = 0; i < sizeof name; i++, number >>= 4) name[i] = "0123456789abcdef"[number & 15];
  r->is_short = r->is_proof && r->unanswered == 0 && r->refusals == 0;
  at_builder b = at_engine_command(r->engine, r->is_short ? "E0+QFLST" : "+QFLST");
  at_builder_add_string(&b, name, sizeof name);
  send(r, STEP_PROOF, &b, AT_SHAPE_PROOF, proof_ms(r));
}

static void add_end(at_builder *b, char c) {
  at_builder_add_control(b, c);
  at_builder_add_raw(b, "ATS3=13", 7);
  at_builder_add_control(b, c);
}

static void add_restore(at_builder *b, const char *line) {
  at_builder_add_control(b, '\r');
  at_builder_add_raw(b, line, strlen(line));
}

/* S3, the character that ends a command, may be any control character. Sent before and
 * behind the setting, each ends whatever stands before it, and carries it out if it is the
 * one; backspace, which takes characters back, is the first, or it would spoil another. The
 * other settings follow. S5 may be a letter of the command: it is a small one then, or not. */
static void send_ends(modem_resync *r) {
  at_builder b = at_engine_command(r->engine, "");
  add_end(&b, '\b');
  for (char c = 0; c < ' '; c++) {
    if (c != '\r' && c != '\b') add_end(&b, c);
  }
  add_restore(&b, "ATQ0V1E1S4=10S5=8");
  add_restore(&b, "atq0v1e1s4=10s5=8");
  send(r, STEP_ENDS, &b, AT_SHAPE_PROBE, r->patience_ms);
}

static void escape(modem_resync *r) {
  r->step = STEP_ESCAPE;
  r->escaped = true;
  at_engine_escape(r->engine, r->now_ms);
}

static void pause(modem_resync *r, resync_step step, uint32_t pause_ms) {
  r->step = (uint8_t)step;
  at_engine_pause(r->engine, pause_ms, r->now_ms);
}

/* Attempts until "+++". Each baud rate is probed before anything stronger is tried at one. */
static unsigned count_probes(const modem_resync *r) {
  return ESCAPE_ATTEMPT * r->rates.count;
}

static unsigned count_attempts(const modem_resync *r) {
  return ATTEMPTS * r->rates.count;
}

/* The next of `attempts`. */
static unsigned choose_attempt(const modem_resync *r) {
  unsigned turn = r->unanswered % count_attempts(r);
  unsigned probes = count_probes(r);
  if (turn < probes) return turn % ESCAPE_ATTEMPT;
  return ESCAPE_ATTEMPT + (turn - probes) % (ATTEMPTS - ESCAPE_ATTEMPT);
}

static void attempt(modem_resync *r) {
  switch (attempts[choose_attempt(r)]) {
    case STEP_ESCAPE: escape(r); break;
    case STEP_RESTORE: send_word(r, STEP_RESTORE, "Q0V1E1S4=10S5=8", r->patience_ms); break;
    case STEP_ENDS: send_ends(r); break;
    default: send_word(r, STEP_PROBE, "", probe_ms(r)); break;
  }
}

void modem_resync_init(modem_resync *r, at_engine *engine, uint64_t seed) {
  *r = (modem_resync){.engine = engine, .random = seed ? seed : 1};
  modem_rates_init(&r->rates, engine);
}

void modem_resync_start(modem_resync *r, bool is_proof, int64_t now_ms) {
  uint32_t patience_ms = r->patience_ms > 0 ? r->patience_ms : FIRST_PATIENCE_MS;
  *r = (modem_resync){.engine = r->engine,
                      .now_ms = now_ms,
                      .is_proof = is_proof,
                      .rates = r->rates,
                      .was_quiet = at_engine_is_quiet(r->engine),
                      .first_patience_ms = patience_ms,
                      .patience_ms = patience_ms,
                      .uses_flow = r->uses_flow,
                      .uses_dtr = r->uses_dtr,
                      .random = r->random};
  r->begun_ms = r->heard_ms = r->awaited_ms = now_ms;
  r->rates.before = 0;
  at_engine_forget_noise(r->engine);
  at_engine_set_quiet(r->engine, false);
  if (at_engine_is_in_data_mode(r->engine)) {
    r->unanswered = count_probes(r);
    escape(r);
  } else if (is_proof) {
    send_word(r, STEP_ECHO, "E1", probe_ms(r));
  } else {
    attempt(r);
  }
}

void modem_resync_stop(modem_resync *r) {
  r->step = STEP_NONE;
  at_engine_abort(r->engine);
}

/* Answers to older commands are signs of life as well. */
static void note_life(modem_resync *r, int64_t now_ms) {
  unsigned unechoed = at_engine_unechoed(r->engine);
  if (unechoed == r->unechoed_heard) return;
  r->unechoed_heard = unechoed;
  r->heard_ms = now_ms;
}

void modem_resync_await(modem_resync *r, const void *task, int64_t now_ms) {
  note_life(r, now_ms);
  if (r->awaited_by == task) return;
  r->awaited_by = task;
  r->heard_ms = r->awaited_ms = now_ms;
  r->unechoed = 0;
}

/* Where more answers have come than were due to older commands, one was that to the proof;
 * or to a line of a payload that runs as commands. Whatever is due now has got lost. */
static void note_unproven(modem_resync *r) {
  unsigned unechoed = at_engine_unechoed(r->engine);
  bool is_counted = !at_engine_may_run_payload(r->engine);
  if (is_counted && unechoed - r->unechoed_before >= r->due) r->unechoed++;
  r->unechoed_before = unechoed;
  r->due = 0;
}

/* Data mode has begun meanwhile, for a command that was given up. */
static bool has_begun(modem_resync *r) {
  unsigned connects = at_engine_connects(r->engine);
  if (connects == r->connects) return false;
  r->connects = connects;
  r->heard_ms = r->now_ms;
  return true;
}

/* The line goes on at the next baud rate, once a row of attempts at one has failed. */
static void look_elsewhere(modem_resync *r) {
  unsigned at = choose_attempt(r);
  unsigned round = r->unanswered / count_attempts(r);
  if (r->rates.count < 2 || (at != 0 && at != ESCAPE_ATTEMPT)) return;
  modem_rates_look_elsewhere(&r->rates);
  r->patience_ms = r->first_patience_ms << (round < 4 ? round : 4);
}

/* The module has not come along: back to the rate at which it answers. */
static void take_back_rate(modem_resync *r) {
  modem_rates_go_back(&r->rates);
  r->unanswered = 0;
  pause(r, STEP_SETTLE, SETTLE_MS);
}

/* Nobody answered: half a line, data mode, another baud rate, or a module that is off or
 * slow. */
static void try_again(modem_resync *r) {
  bool was_heard = r->step > STEP_ENDS;
  if (r->step == STEP_PROOF) note_unproven(r);
  if (r->step == STEP_RAISE) r->rates.failure = MODEM_RATE_SILENT;
  if (r->unanswered >= count_probes(r) || was_heard) r->patience_ms *= 2;
  if (has_begun(r)) {
    r->unanswered = count_probes(r);
  } else {
    r->unanswered++;
    if (!was_heard) look_elsewhere(r);
  }
  if (r->patience_ms > LONGEST_PATIENCE_MS) r->patience_ms = LONGEST_PATIENCE_MS;
  attempt(r);
}

/* One of the above. */
static void miss(modem_resync *r) {
  if (modem_rates_is_trying(&r->rates) && r->unanswered + 1 >= RAISE_MISSES) {
    take_back_rate(r);
  } else {
    try_again(r);
  }
}

/* What must have worked was refused: once by a late answer to something older, and again
 * and again by a module that is booting. */
static void refuse(modem_resync *r) {
  r->unanswered = 0;
  if (++r->refusals > 1) {
    pause(r, STEP_PAUSE, BOOT_PAUSE_MS);
  } else {
    attempt(r);
  }
}

static uint32_t bounded_patience_ms(int64_t wanted_ms) {
  if (wanted_ms < FIRST_PATIENCE_MS) return FIRST_PATIENCE_MS;
  return wanted_ms > LONGEST_PATIENCE_MS ? LONGEST_PATIENCE_MS : (uint32_t)wanted_ms;
}

/* The first answer tells how slow the module may be; that to the only command which is due
 * tells how slow it is, which the next resync then knows. */
static void learn_patience(modem_resync *r) {
  bool is_first = r->heard_ms == r->awaited_ms;
  uint32_t waited_ms = bounded_patience_ms(r->now_ms - r->begun_ms);
  if (r->step == STEP_QUIET) {
    r->answer_ms = (uint32_t)(r->now_ms - r->sent_ms);
    r->patience_ms = bounded_patience_ms(FIRST_PATIENCE_MS + 2 * (int64_t)r->answer_ms);
  } else if (is_first && waited_ms > r->patience_ms) {
    r->patience_ms = waited_ms;
  }
}

/* What the script has set for the line, and a restart takes along. A proof asks only where a
 * payload has ended. */
static bool restore_line(modem_resync *r) {
  if (r->is_proof) return false;
  if (r->step < STEP_FLOW && r->uses_flow) {
    send_word(r, STEP_FLOW, "+IFC=2,2", answer_ms(r));
  } else if (r->step < STEP_DTR && r->uses_dtr) {
    send_word(r, STEP_DTR, "&D1", answer_ms(r));
  } else {
    return false;
  }
  return true;
}

/* The command may have been spoilt on its way. */
static void repeat_setting(modem_resync *r) {
  r->refusals++;
  r->step--;
  restore_line(r);
}

/* AT+IPR, where the module is to run at another rate. */
static bool begin_raise(modem_resync *r) {
  if (r->is_proof || !modem_rates_must_raise(&r->rates)) return false;
  at_builder b = at_engine_command(r->engine, "+IPR");
  at_builder_add_integer(&b, r->rates.wanted);
  r->unanswered = 0;
  send(r, STEP_RAISE, &b, AT_SHAPE_PROBE, answer_ms(r));
  return true;
}

/* Some modules echo always; the last command tells, unless it was sent before ATE0. */
static bool finish(modem_resync *r) {
  bool is_quiet = r->step == STEP_PROOF ? r->was_quiet : !at_engine_was_echoed(r->engine);
  modem_rates_settle(&r->rates);
  r->step = STEP_NONE;
  at_engine_set_quiet(r->engine, is_quiet);
  at_engine_set_clean(r->engine);
  return true;
}

static bool end_raise(modem_resync *r, bool is_ok) {
  if (is_ok) {
    modem_rates_follow(&r->rates);
    pause(r, STEP_SETTLE, SETTLE_MS);
    return false;
  }
  r->rates.failure = MODEM_RATE_REFUSED;
  return finish(r);
}

static bool advance(modem_resync *r, bool is_ok) {
  switch (r->step) {
    case STEP_RAISE: return end_raise(r, is_ok);
    case STEP_SETTLE:
    case STEP_PAUSE: attempt(r); return false;
    case STEP_ESCAPE:
      if (!has_begun(r) || is_ok) r->unanswered++; /* or "+++" came too early */
      attempt(r);
      return false;
    case STEP_PROBE:
    case STEP_RESTORE:
    case STEP_ENDS: send_word(r, STEP_ECHO, "E1", answer_ms(r)); return false;
    case STEP_PROOF:
      if (r->is_short && r->is_found_missing) return finish(r);
      r->unanswered = 0;
      send_word(r, STEP_QUIET, "E0", answer_ms(r));
      return false;
    default: break;
  }
  if (!is_ok && r->step >= STEP_FLOW && r->refusals > 0) {
    r->unset = r->step;
  } else if (!is_ok && r->step >= STEP_FLOW) {
    repeat_setting(r);
    return false;
  } else if (!is_ok) {
    refuse(r);
    return false;
  }
  r->refusals = 0;
  if (r->step == STEP_ECHO) {
    send_proof(r);
  } else if (r->step == STEP_QUIET) {
    send_word(r, STEP_NUMBERS, "+CMEE=1", answer_ms(r));
  } else if (!restore_line(r) && !begin_raise(r)) {
    return finish(r);
  }
  return false;
}

static void hear(modem_resync *r) {
  if (r->step == STEP_PAUSE || r->step == STEP_SETTLE || r->step == STEP_ESCAPE) return;
  learn_patience(r);
  r->heard_ms = r->now_ms;
  r->due = r->step == STEP_PROOF || r->due == 0 ? 0 : r->due - 1;
}

/* The answer to AT+QFLST itself, and not to a line that the module does not take. */
static bool tells_missing_file(const at_final *final) {
  enum { FIRST_FILE_ERROR = 400, LAST_FILE_ERROR = 499 };
  bool is_about_files = final->code >= FIRST_FILE_ERROR && final->code <= LAST_FILE_ERROR;
  return final->type == AT_FINAL_OK || (final->type == AT_FINAL_CME && is_about_files);
}

bool modem_resync_handle(modem_resync *r, const at_event *event, int64_t now_ms) {
  r->now_ms = now_ms;
  bool has_failed = event->type == AT_EVENT_FAILED;
  if (has_failed && r->step != STEP_ESCAPE) {
    miss(r);
  } else if (has_failed || event->type == AT_EVENT_DONE) {
    if (!has_failed) hear(r);
    r->is_found_missing = !has_failed && tells_missing_file(&event->final);
    return advance(r, !has_failed && event->final.type == AT_FINAL_OK);
  }
  return false;
}

int64_t modem_resync_deadline_ms(const modem_resync *r) {
  int64_t silent_ms =
      r->heard_ms + SILENCE_LIMIT_MS + (int64_t)(r->rates.count - 1) * SILENCE_AT_OTHER_MS;
  int64_t latest_ms = r->awaited_ms + WAIT_LIMIT_MS;
  if (r->unechoed >= UNECHOED_LIMIT) return r->heard_ms;
  return silent_ms < latest_ms ? silent_ms : latest_ms;
}

at_error modem_resync_error(const modem_resync *r) {
  at_error error = at_error_make(AT_ERROR_TIMEOUT, "AT", NULL);
  if (r->unechoed > 0) error.reason = AT_REASON_NO_ECHO;
  return error;
}

bool modem_resync_is_line_set(const modem_resync *r, at_error *why) {
  if (r->unset == 0) return true;
  *why = r->unset == STEP_FLOW
             ? at_error_make(AT_ERROR_PLAIN, "+IFC", "the module refuses flow control")
             : at_error_make(AT_ERROR_PLAIN, "&D", "the module refuses to watch DTR");
  return false;
}
