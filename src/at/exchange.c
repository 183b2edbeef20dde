/* The exchange that runs: every change of its state, and the only reset. */
#include <string.h>

#include "at/internal.h"

enum {
  LATE_OK_MS = 1000,        /* for the OK of a result line that came in place of CONNECT */
  CUT_MS = 3000,            /* for the result line, once data mode has ended early */
  ESCAPE_ANSWER_MS = 1000,  /* for the answer to "+++", once its guard is over */
  OVERDUE_RESULT_MS = 5000, /* for the result line of a payload that "+++" had to end */
  DTR_PULSE_MS = 200        /* long enough for a module that looks now and then */
};

static int64_t later_of(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static void enter(at_engine *e, at_state state, int64_t deadline_ms) {
  e->run.state = state;
  e->run.deadline_ms = deadline_ms;
}

static void reset(at_engine *e, const at_exchange *how) {
  e->run.how = *how;
  e->run.word_len = how->words ? strcspn(how->words, ";") : 0;
  e->run.answer_from_ms = 0;
  e->run.latest_ms = 0;
  e->run.held_ms = AT_NEVER;
  e->run.ending = AT_ENDING_NONE;
  e->run.is_lost = false;
  e->run.reason = (at_final){AT_FINAL_NONE, -1, NULL, 0};
  e->line.out_len = 0;
  e->line.payload_left = 0;
}

/* --- beginning ------------------------------------------------------------ */

bool at_engine_begin(at_engine *e, const at_builder *b, const at_exchange *how, int64_t now_ms) {
  static const uint8_t first[] = {
      [AT_SHAPE_REPLIES] = AT_STATE_COMMAND, [AT_SHAPE_FREE] = AT_STATE_FREE,
      [AT_SHAPE_RESULT] = AT_STATE_ACCEPT,   [AT_SHAPE_EITHER] = AT_STATE_EITHER,
      [AT_SHAPE_DATA] = AT_STATE_CONNECT,    [AT_SHAPE_PROBE] = AT_STATE_PROBE,
      [AT_SHAPE_PROOF] = AT_STATE_ECHO,
  };
  if (b->failed) return false;
  reset(e, how);
  e->run.command_len = b->len;
  e->run.command[b->len] = '\r';
  e->line.out = e->run.command;
  e->line.out_len = b->len + 1;
  e->trace.command_shown = false;
  e->channel.was_echoed = false;
  enter(e, (at_state)first[how->shape], now_ms + how->timeout_ms);
  return true;
}

void at_engine_pause(at_engine *e, uint32_t pause_ms, int64_t now_ms) {
  reset(e, &(at_exchange){0});
  enter(e, AT_STATE_PAUSE, now_ms + pause_ms);
}

static void receive(at_engine *e, int64_t now_ms) {
  e->framer.payload.doubtful_at = e->run.how.doubtful_at;
  enter(e, AT_STATE_RECEIVE, now_ms + e->run.how.silence_ms);
}

void at_engine_receive(at_engine *e, uint64_t length, int64_t now_ms) {
  at_framer_expect_payload(&e->framer, e->run.how.words, &e->urc, length);
  receive(e, now_ms);
}

void at_engine_receive_rest(at_engine *e, uint64_t length, int64_t now_ms) {
  at_framer_expect_rest(&e->framer, e->run.how.words, &e->urc, length);
  e->run.is_guessed = e->framer.payload.is_guessed;
  receive(e, now_ms);
}

void at_engine_transmit(at_engine *e, const char *data, uint64_t len, int64_t now_ms) {
  e->line.out = data;
  e->line.out_len = e->line.payload_left = len;
  e->channel.has_sent_payload = true;
  enter(e, AT_STATE_TRANSMIT, now_ms + e->run.how.silence_ms);
}

/* --- on the way ----------------------------------------------------------- */

/* Data mode has ended. What was handed to the port and has not left it, seconds of
 * payload on a slow line, would be run as commands, and so has been what had left. */
static void stop_sending(at_engine *e) {
  bool is_unsent = e->run.state == AT_STATE_TRANSMIT;
  if (is_unsent || e->run.state == AT_STATE_CONFIRM) e->line.flush = true;
  if (is_unsent) e->channel.dirty = true;
  if (is_unsent) e->line.out_len = 0;
}

void at_exchange_echoed(at_engine *e) {
  e->channel.was_echoed = true;
  if (e->channel.is_quiet) e->channel.dirty = true;
  if (e->run.state == AT_STATE_ECHO) enter(e, AT_STATE_PROBE, e->run.deadline_ms);
}

void at_exchange_await_result(at_engine *e, int64_t now_ms) {
  int64_t until_ms = now_ms + e->run.how.result_timeout_ms;
  stop_sending(e);
  if (e->run.latest_ms > 0 && at_engine_has_escaped(e)) {
    until_ms = later_of(e->run.latest_ms, now_ms + OVERDUE_RESULT_MS);
  }
  enter(e, AT_STATE_RESULT, until_ms);
}

/* A module that says the result before OK takes its time for OK; one that says it in
 * place of CONNECT does not. */
void at_exchange_await_ok(at_engine *e, int64_t now_ms) {
  bool is_bounded = e->run.state == AT_STATE_EITHER || e->run.deadline_ms < now_ms + LATE_OK_MS;
  stop_sending(e);
  enter(e, AT_STATE_LATE_OK, is_bounded ? e->run.deadline_ms : now_ms + LATE_OK_MS);
}

void at_exchange_end_soon(at_engine *e) {
  enter(e, AT_STATE_END, AT_NEVER);
}

void at_exchange_cut(at_engine *e, at_final reason, int64_t now_ms) {
  bool is_over = e->run.deadline_ms <= now_ms; /* there has been silence behind it */
  stop_sending(e);
  e->channel.dirty = true;
  e->run.reason = (at_final){reason.type, reason.code, NULL, 0};
  enter(e, AT_STATE_CUT, is_over ? now_ms : now_ms + CUT_MS);
}

void at_exchange_confirm(at_engine *e) {
  int64_t latest_ms = e->run.deadline_ms;
  uint32_t confirm_ms = e->run.how.confirm_ms;
  bool escapes = confirm_ms > 0 && e->line.gone_ms + confirm_ms < latest_ms;
  e->run.latest_ms = escapes ? latest_ms : 0;
  enter(e, AT_STATE_CONFIRM, escapes ? e->line.gone_ms + confirm_ms : latest_ms);
}

bool at_exchange_end_overdue(at_engine *e, int64_t now_ms) {
  if (e->run.state != AT_STATE_CONFIRM || e->run.latest_ms == 0) return false;
  at_engine_escape(e, now_ms);
  return true;
}

bool at_engine_has_escaped(const at_engine *e) {
  return e->run.answer_from_ms != 0;
}

void at_exchange_renew(at_engine *e, int64_t from_ms) {
  e->run.deadline_ms = from_ms + e->run.how.silence_ms;
}

/* Words before the end of a payload may have been payload, with silence behind it; and a
 * "+++" that comes too late stands in the command line. */
static void doubt_end(at_engine *e) {
  bool is_early = e->framer.payload.left > 0;
  bool is_escaped = e->run.state == AT_STATE_SUSPEND && !e->line.uses_dtr;
  if (is_early || is_escaped) e->channel.dirty = true;
}

static bool tells_end(const at_engine *e) {
  return e->run.ending == AT_ENDING_RESULT || e->run.ending == AT_ENDING_LOST;
}

static bool has_ended_early(const at_engine *e) {
  uint64_t left = e->framer.payload.left;
  return left > 0 && left != AT_PAYLOAD_ENDLESS;
}

/* Behind a payload of known length that has ended early there has been silence: the words
 * that are held are all there are. */
static int64_t trailer_end_ms(const at_engine *e, int64_t now_ms) {
  return has_ended_early(e) && tells_end(e) ? now_ms : now_ms + e->run.how.silence_ms;
}

void at_exchange_end_payload(at_engine *e, int64_t now_ms) {
  int64_t end_ms = trailer_end_ms(e, now_ms);
  bool stops = e->run.state == AT_STATE_SUSPEND && e->run.ending == AT_ENDING_OK;
  if (!stops) {
    doubt_end(e);
    e->run.answer_from_ms = 0; /* it is no answer to "+++" that comes */
  }
  if (stops && at_engine_is_paused(e)) at_payload_keep(&e->framer.payload);
  if (tells_end(e)) e->channel.in_data_mode = false;
  e->run.is_lost = has_ended_early(e) && e->run.ending == AT_ENDING_LOST;
  at_framer_end_payload(&e->framer);
  e->run.ending = AT_ENDING_NONE;
  enter(e, stops ? AT_STATE_SUSPEND : AT_STATE_TRAILER, end_ms);
}

/* --- leaving data mode: "+++" between its guards, or DTR (manual, 1.2) ------ */

static int64_t guard_end_ms(const at_engine *e, int64_t now_ms) {
  return later_of(now_ms, e->line.free_ms) + AT_GUARD_MS;
}

void at_engine_escape(at_engine *e, int64_t now_ms) {
  if (at_engine_is_idle(e)) {
    reset(e, &(at_exchange){.shape = AT_SHAPE_PROBE});
    e->run.answer_from_ms = AT_NEVER;
  }
  e->line.out_len = 0;
  enter(e, AT_STATE_GUARD, guard_end_ms(e, now_ms));
}

static void drop_dtr(at_engine *e, int64_t now_ms) {
  e->line.dtr_from_ms = now_ms + DTR_PULSE_MS;
  enter(e, AT_STATE_SUSPEND, now_ms + e->run.how.silence_ms);
}

void at_engine_suspend(at_engine *e, int64_t now_ms) {
  bool has_length = e->framer.payload.left != AT_PAYLOAD_ENDLESS;
  if (e->run.state != AT_STATE_RECEIVE || !has_length) return;
  if (e->line.uses_dtr) {
    drop_dtr(e, now_ms);
  } else {
    enter(e, AT_STATE_RECEIVE_GUARD, guard_end_ms(e, now_ms));
  }
}

void at_exchange_send_escape(at_engine *e, int64_t now_ms) {
  bool suspends = e->run.state == AT_STATE_RECEIVE_GUARD;
  uint32_t answer_ms = suspends ? e->run.how.silence_ms : ESCAPE_ANSWER_MS;
  memcpy(e->run.command, "+++", 3);
  e->run.command_len = 3;
  e->line.out = e->run.command;
  e->line.out_len = 3;
  e->trace.command_shown = false;
  e->run.answer_from_ms = AT_NEVER; /* until "+++" was handed to the port */
  enter(e, suspends ? AT_STATE_SUSPEND : AT_STATE_ESCAPE, now_ms + AT_GUARD_MS + answer_ms);
}

/* --- ending ---------------------------------------------------------------- */

void at_exchange_stop(at_engine *e) {
  stop_sending(e);
  if (e->line.out_len > 0) e->channel.dirty = true; /* half a command may stand in the module */
  reset(e, &(at_exchange){0}); /* its words may go with the call that lent them */
  at_framer_expect_lines(&e->framer);
  enter(e, AT_STATE_IDLE, AT_NEVER);
}

void at_engine_abort(at_engine *e) {
  if (at_engine_is_idle(e)) return;
  if (e->run.state != AT_STATE_PAUSE) e->channel.dirty = true;
  at_exchange_stop(e);
}

void at_engine_hurry(at_engine *e, int64_t deadline_ms) {
  if (!at_engine_is_idle(e) && deadline_ms < e->run.deadline_ms) e->run.deadline_ms = deadline_ms;
}
