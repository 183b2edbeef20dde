/* Leaving data mode, by "+++" between its guards or by DTR (manual, 1.2), and
 * pauses: what the engine does on time alone, not by a command. */
#include <string.h>

#include "at/engine.h"
#include "at/internal.h"

/* How long the module may take to answer "+++" once the guard is over. */
enum { ESCAPE_ANSWER_MS = 1000 };

/* How long DTR is dropped: long enough for a module that looks now and then. */
enum { DTR_PULSE_MS = 200 };

static int64_t later_of(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/* An exchange that is not begun by a command. */
static void begin_without_command(at_engine *e, const at_exchange *how) {
  e->exchange = *how;
  e->echo_seen = true;
  e->result_seen = e->after_payload = e->cut_short = e->done = e->transmits = false;
  e->out_len = 0;
}

void at_engine_pause(at_engine *e, uint32_t pause_ms, int64_t now_ms) {
  begin_without_command(e, &(at_exchange){0});
  at_engine_enter(e, AT_STATE_PAUSE, now_ms + pause_ms);
}

void at_engine_escape(at_engine *e, int64_t now_ms) {
  if (e->state == AT_STATE_IDLE) {
    begin_without_command(e, &(at_exchange){.noisy = true});
    e->answer_from_ms = AT_NEVER;
  }
  e->out_len = 0;
  at_engine_enter(e, AT_STATE_GUARD, later_of(now_ms, e->line_free_ms) + AT_GUARD_MS);
}

/* The guard before "+++" is over. */
void at_engine_send_escape(at_engine *e, int64_t now_ms) {
  memcpy(e->command, "+++", 3);
  e->command_len = 3;
  e->out = e->command;
  e->out_len = 3;
  e->command_traced = false;
  e->answer_from_ms = AT_NEVER;
  if (e->state != AT_STATE_SUSPEND) {
    at_engine_enter(e, AT_STATE_COMMAND, now_ms + AT_GUARD_MS + ESCAPE_ANSWER_MS);
    return;
  }
  at_framer_expect_ok(&e->framer);
  e->cut_short = true; /* if the payload ends first, "+++" stands in the command line */
  at_engine_enter(e, AT_STATE_SUSPEND, now_ms + AT_GUARD_MS + e->exchange.silence_ms);
}

void at_engine_use_dtr(at_engine *e) {
  e->uses_dtr = true;
}

bool at_engine_wants_dtr(const at_engine *e, int64_t now_ms) {
  return now_ms >= e->dtr_from_ms;
}

static void drop_dtr(at_engine *e, int64_t now_ms) {
  e->dtr_from_ms = now_ms + DTR_PULSE_MS;
  at_framer_expect_ok(&e->framer);
  at_engine_enter(e, AT_STATE_SUSPEND, now_ms + e->exchange.silence_ms);
}

void at_engine_suspend(at_engine *e, int64_t now_ms) {
  if (e->uses_dtr) {
    drop_dtr(e, now_ms);
    return;
  }
  at_engine_enter(e, AT_STATE_SUSPEND, later_of(now_ms, e->line_free_ms) + AT_GUARD_MS);
}

bool at_engine_can_suspend(const at_engine *e) {
  return e->state == AT_STATE_RECEIVE && e->framer.data_left > 0 && !e->framer.trailer.is_active;
}
