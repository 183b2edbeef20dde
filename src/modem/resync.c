#include "modem/resync.h"

#include "modem/random.h"

enum {
  FIRST_PATIENCE_MS = 500,
  SHORTEST_ANSWER_MS = 1500, /* for what has been answered before */
  PROOF_PATIENCE_MS = 5000,  /* behind a payload, where nothing but a slow module is likely */
  LONGEST_PATIENCE_MS = 8000,
  SILENCE_LIMIT_MS = 20000, /* a module that has said nothing for so long is not there */
  WAIT_LIMIT_MS = 60000,    /* no task waits longer for one that does answer */
  UNECHOED_LIMIT = 3,       /* rounds without an echo: there will be none */
  BOOT_PAUSE_MS = 500       /* one that refuses everything is booting */
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
  STEP_PAUSE    /* lets a module boot */
} resync_step;

/* What is tried in turn while nobody answers: half a line may stand there, data mode may be
 * on, commands may end with another character, or result codes be off. What somebody has
 * set may be all of these: a command is heard only once it ends as usual. */
static const uint8_t attempts[] = {STEP_PROBE, STEP_PROBE, STEP_ESCAPE,
                                   STEP_PROBE, STEP_ENDS,  STEP_RESTORE};

enum { ESCAPE_ATTEMPT = 2 };

static void send(modem_resync *r, resync_step step, const at_builder *b, at_shape shape,
                 uint32_t timeout_ms) {
  at_exchange how = {.shape = shape, .timeout_ms = timeout_ms};
  r->step = (uint8_t)step;
  r->sent_ms = r->now_ms;
  r->sent++;
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

/* AT+QFLST of a file that cannot exist: changes nothing in any state. */
static void send_proof(modem_resync *r) {
  char name[16];
  uint64_t number = modem_random_next(&r->random);
  for (size_t i = 0; i < sizeof name; i++, number >>= 4) name[i] = "0123456789abcdef"[number & 15];
  at_builder b = at_engine_command(r->engine, "+QFLST");
  at_builder_add_string(&b, name, sizeof name);
  send(r, STEP_PROOF, &b, AT_SHAPE_PROOF, answer_ms(r));
}

/* S3, the character that ends a command, may be any. Sent before and behind the setting,
 * each ends whatever stands before it, and carries it out if it is the one. CR and
 * backspace, which takes characters back, are left out. */
static void send_ends(modem_resync *r) {
  at_builder b = at_engine_command(r->engine, "");
  for (char c = 1; c < ' '; c++) {
    if (c == '\r' || c == '\b') continue;
    at_builder_add_control(&b, c);
    at_builder_add_raw(&b, "ATS3=13", 7);
    at_builder_add_control(&b, c);
  }
  send(r, STEP_ENDS, &b, AT_SHAPE_PROBE, r->patience_ms);
}

static void escape(modem_resync *r) {
  r->step = STEP_ESCAPE;
  r->escaped = true;
  at_engine_escape(r->engine, r->now_ms);
}

static void pause(modem_resync *r) {
  r->step = STEP_PAUSE;
  at_engine_pause(r->engine, BOOT_PAUSE_MS, r->now_ms);
}

static void attempt(modem_resync *r) {
  switch (attempts[r->unanswered % sizeof attempts]) {
    case STEP_ESCAPE: escape(r); break;
    case STEP_RESTORE: send_word(r, STEP_RESTORE, "Q0V1E1S4=10S5=8", r->patience_ms); break;
    case STEP_ENDS: send_ends(r); break;
    default: send_word(r, STEP_PROBE, "", probe_ms(r)); break;
  }
}

void modem_resync_init(modem_resync *r, at_engine *engine, uint64_t seed) {
  *r = (modem_resync){.engine = engine, .random = seed ? seed : 1};
}

void modem_resync_start(modem_resync *r, bool is_proof, int64_t now_ms) {
  uint32_t patience_ms = r->patience_ms > 0 ? r->patience_ms : FIRST_PATIENCE_MS;
  *r = (modem_resync){.engine = r->engine,
                      .now_ms = now_ms,
                      .is_proof = is_proof,
                      .patience_ms = patience_ms,
                      .random = r->random};
  r->begun_ms = r->heard_ms = r->awaited_ms = now_ms;
  at_engine_forget_noise(r->engine);
  if (at_engine_is_in_data_mode(r->engine)) {
    r->unanswered = ESCAPE_ATTEMPT;
    escape(r);
  } else {
    attempt(r);
  }
}

void modem_resync_stop(modem_resync *r) {
  r->step = STEP_NONE;
  at_engine_abort(r->engine);
}

void modem_resync_await(modem_resync *r, const void *task, int64_t now_ms) {
  if (r->awaited_by == task) return;
  r->awaited_by = task;
  r->heard_ms = r->awaited_ms = now_ms;
  r->unechoed = 0;
}

/* A proof was answered without its echo. While other answers are outstanding, what has
 * come may be one of them. */
static bool is_unechoed(const modem_resync *r) {
  unsigned count = at_engine_unechoed(r->engine);
  return r->step == STEP_PROOF && count > 0 && r->answered + count >= r->sent;
}

/* Nobody answered: half a line, data mode, or a module that is off or slow. */
static void try_again(modem_resync *r) {
  if (is_unechoed(r)) r->unechoed++;
  if (r->unanswered >= ESCAPE_ATTEMPT || r->step > STEP_ENDS) r->patience_ms *= 2;
  if (r->patience_ms > LONGEST_PATIENCE_MS) r->patience_ms = LONGEST_PATIENCE_MS;
  r->unanswered++;
  attempt(r);
}

/* What must have worked was refused: once by a late answer to something older, and again
 * and again by a module that is booting. */
static void refuse(modem_resync *r) {
  r->unanswered = 0;
  if (++r->refusals > 1) {
    pause(r);
  } else {
    attempt(r);
  }
}

static uint32_t bounded_patience_ms(int64_t wanted_ms) {
  if (wanted_ms < FIRST_PATIENCE_MS) return FIRST_PATIENCE_MS;
  return wanted_ms > LONGEST_PATIENCE_MS ? LONGEST_PATIENCE_MS : (uint32_t)wanted_ms;
}

/* The first answer tells how slow the module may be; the answer that was proven to be
 * one tells how slow it is, which the next resync then knows. */
static void learn_patience(modem_resync *r) {
  bool is_first = r->heard_ms == r->awaited_ms;
  uint32_t waited_ms = bounded_patience_ms(r->now_ms - r->begun_ms);
  if (r->step == STEP_PROOF) {
    r->answer_ms = (uint32_t)(r->now_ms - r->sent_ms);
    r->patience_ms = bounded_patience_ms(FIRST_PATIENCE_MS + 2 * (int64_t)r->answer_ms);
  } else if (is_first && waited_ms > r->patience_ms) {
    r->patience_ms = waited_ms;
  }
}

static bool advance(modem_resync *r, bool is_ok) {
  switch (r->step) {
    case STEP_PAUSE: attempt(r); return false;
    case STEP_ESCAPE:
      r->unanswered++;
      attempt(r);
      return false;
    case STEP_PROBE:
    case STEP_RESTORE:
    case STEP_ENDS: send_word(r, STEP_ECHO, "E1", answer_ms(r)); return false;
    case STEP_PROOF: send_word(r, STEP_QUIET, "E0", answer_ms(r)); return false;
    default: break;
  }
  if (!is_ok) {
    refuse(r);
    return false;
  }
  r->refusals = 0;
  if (r->step == STEP_ECHO) {
    send_proof(r);
  } else if (r->step == STEP_QUIET) {
    send_word(r, STEP_NUMBERS, "+CMEE=1", answer_ms(r));
  } else {
    r->step = STEP_NONE;
    at_engine_set_clean(r->engine);
  }
  return r->step == STEP_NONE;
}

static void hear(modem_resync *r) {
  if (r->step == STEP_PAUSE || r->step == STEP_ESCAPE) return;
  learn_patience(r);
  r->answered++;
  r->heard_ms = r->now_ms;
}

bool modem_resync_handle(modem_resync *r, const at_event *event, int64_t now_ms) {
  r->now_ms = now_ms;
  bool has_failed = event->type == AT_EVENT_FAILED;
  if (has_failed && r->step != STEP_ESCAPE) {
    try_again(r);
  } else if (has_failed || event->type == AT_EVENT_DONE) {
    if (!has_failed) hear(r);
    return advance(r, !has_failed && event->final.type == AT_FINAL_OK);
  }
  return false;
}

int64_t modem_resync_deadline_ms(const modem_resync *r) {
  int64_t silent_ms = r->heard_ms + SILENCE_LIMIT_MS;
  int64_t latest_ms = r->awaited_ms + WAIT_LIMIT_MS;
  if (r->unechoed >= UNECHOED_LIMIT) return r->heard_ms;
  return silent_ms < latest_ms ? silent_ms : latest_ms;
}

at_error modem_resync_error(const modem_resync *r) {
  at_error error = at_error_make(AT_ERROR_TIMEOUT, "AT", NULL);
  if (r->unechoed > 0) error.reason = AT_REASON_NO_ECHO;
  return error;
}
