/* What comes in, lines, payload and time, as events. */
#include <string.h>

#include "at/cursor.h"
#include "at/internal.h"

/* How long the line must be silent behind words before they end a payload. A file is
 * seldom cut just there for so long. */
enum {
  END_SILENCE_MS = 300,   /* where such words are expected: a listing, an answer to "+++" */
  LOSS_SILENCE_MS = 2500, /* where they would be the end of the link */
  LINES_MS = 1500         /* nothing but lines for so long is no payload */
};

void at_engine_init(at_engine *e, uint32_t baudrate) {
  memset(e, 0, sizeof *e);
  at_framer_init(&e->framer);
  e->line.baudrate = baudrate;
  e->trace.command_shown = true;
  e->run.deadline_ms = AT_NEVER;
}

bool at_engine_is_dirty(const at_engine *e) {
  return e->channel.dirty;
}

bool at_engine_is_in_data_mode(const at_engine *e) {
  return e->channel.in_data_mode;
}

bool at_engine_may_run_payload(const at_engine *e) {
  return e->channel.has_sent_payload;
}

void at_engine_set_clean(at_engine *e) {
  e->channel.dirty = false;
  e->channel.in_data_mode = false;
  e->channel.has_sent_payload = false;
}

void at_engine_set_dirty(at_engine *e, bool in_data_mode) {
  e->channel.dirty = true;
  e->channel.in_data_mode = in_data_mode;
}

void at_engine_set_quiet(at_engine *e, bool is_quiet) {
  e->channel.is_quiet = is_quiet;
}

bool at_engine_is_quiet(const at_engine *e) {
  return e->channel.is_quiet;
}

bool at_engine_was_echoed(const at_engine *e) {
  return e->channel.was_echoed;
}

bool at_engine_tells_restart(const at_engine *e) {
  return e->channel.is_quiet && e->channel.was_echoed;
}

unsigned at_engine_noise(const at_engine *e) {
  return e->run.noise;
}

unsigned at_engine_unechoed(const at_engine *e) {
  return e->run.unechoed;
}

unsigned at_engine_connects(const at_engine *e) {
  return e->run.connects;
}

void at_engine_forget_noise(at_engine *e) {
  e->run.noise = e->run.unechoed = e->run.connects = 0;
}

bool at_engine_subscribe(at_engine *e, const char *prefix, size_t len) {
  return at_urc_subscribe(&e->urc, prefix, len);
}

void at_engine_unsubscribe(at_engine *e, const char *prefix, size_t len) {
  at_urc_unsubscribe(&e->urc, prefix, len);
}

void at_engine_set_tracing(at_engine *e, bool on) {
  e->trace.on = on;
}

bool at_engine_is_tracing(const at_engine *e) {
  return e->trace.on;
}

void at_engine_use_dtr(at_engine *e) {
  e->line.uses_dtr = true;
}

at_builder at_engine_command(at_engine *e, const char *word) {
  return at_builder_open(e->run.command, sizeof e->run.command - 1, word);
}

/* --- input -------------------------------------------------------------------- */

void at_engine_feed(at_engine *e, const char *data, size_t len) {
  at_framer_feed(&e->framer, data, len);
}

bool at_engine_has_input(const at_engine *e) {
  return at_framer_has_input(&e->framer) || e->trace.token.type != AT_TOKEN_NONE;
}

static bool report_data(at_engine *e, at_event *event, const at_token *data) {
  if (e->trace.on) {
    e->trace.payload += data->len;
    e->trace.outgoing = false;
  }
  return at_event_report(event, AT_EVENT_DATA, data);
}

/* The same room full of words again and again: so quickly that they are payload, even at 4800
 * baud. */
static bool comes_quickly(at_engine *e, size_t len, int64_t now_ms) {
  e->run.pushed += (uint32_t)len;
  if (e->run.pushed < AT_PAYLOAD_HELD_SIZE || now_ms - e->run.held_ms >= LINES_MS) return false;
  e->run.held_ms = now_ms;
  e->run.pushed = 0;
  return true;
}

/* What the module may have said by itself is no progress. */
static bool is_progress(at_engine *e, size_t len, int64_t now_ms) {
  bool is_pushed = at_payload_is_pushed(&e->framer.payload) && e->run.held_ms != AT_NEVER;
  if (is_pushed) return comes_quickly(e, len, now_ms);
  e->run.held_ms = AT_NEVER;
  return true;
}

static bool handle_data(at_engine *e, at_event *event, const at_token *data, int64_t now_ms) {
  if (at_payload_is_torn(&e->framer.payload)) return at_event_fail(e, event, AT_ERROR_FRAMING);
  bool goes_on = is_progress(e, data->len, now_ms);
  e->run.ending = AT_ENDING_NONE;
  if (e->framer.payload.left == 0) {
    at_exchange_end_payload(e, now_ms);
  } else if (goes_on && !at_engine_is_guarding(e)) {
    at_exchange_renew(e, now_ms);
  }
  return report_data(e, event, data);
}

/* Noise where no line can be. */
static bool handle_noise(at_engine *e, at_event *event) {
  if (at_engine_is_idle(e) || e->run.state == AT_STATE_PAUSE) return false;
  if (e->run.how.shape < AT_SHAPE_PROBE) return at_event_fail(e, event, AT_ERROR_FRAMING);
  e->run.noise++;
  return false;
}

static bool handle_token(at_engine *e, at_event *event, const at_token *token, int64_t now_ms) {
  switch (token->type) {
    case AT_TOKEN_DATA: return handle_data(e, event, token, now_ms);
    case AT_TOKEN_LINE: return at_engine_handle_line(e, event, token, now_ms);
    case AT_TOKEN_UNFRAMED:
    case AT_TOKEN_OVERLONG: return handle_noise(e, event);
    case AT_TOKEN_NONE: break;
  }
  return false;
}

/* --- time ---------------------------------------------------------------------- */

/* The silence after which the held words are the end; 0 where they are none. */
static int64_t end_silence_ms(const at_engine *e) {
  bool has_length = e->framer.payload.left != AT_PAYLOAD_ENDLESS;
  if (at_engine_is_paused(e)) return END_SILENCE_MS;
  switch (e->framer.payload.ending) {
    case AT_ENDING_OK: return e->run.state == AT_STATE_SUSPEND ? END_SILENCE_MS : 0;
    case AT_ENDING_RESULT:
    case AT_ENDING_LOST:
      if (!has_length) return END_SILENCE_MS;
      return at_payload_is_doubtful(&e->framer.payload) ? e->run.how.silence_ms : LOSS_SILENCE_MS;
    case AT_ENDING_LINES:
    case AT_ENDING_NONE: break;
  }
  return 0;
}

/* The silence counts from when the words were whole: what the module says by itself
 * behind them makes it no longer. */
static void watch_ending(at_engine *e, int64_t now_ms) {
  at_ending ending = at_engine_is_paused(e) ? AT_ENDING_OK : e->framer.payload.ending;
  if (ending == AT_ENDING_NONE) {
    e->run.held_ms = AT_NEVER;
  } else if (e->run.held_ms == AT_NEVER) {
    e->run.held_ms = now_ms;
    e->run.pushed = AT_PAYLOAD_HELD_SIZE; /* which fits, and has to come first */
  }
  if (ending != e->run.ending) e->run.ending_ms = now_ms;
  e->run.ending = ending;
}

/* When the held words end the payload; AT_NEVER where they do not. */
static int64_t ending_deadline_ms(const at_engine *e) {
  int64_t silence_ms = at_engine_receives(e) ? end_silence_ms(e) : 0;
  return silence_ms > 0 ? e->run.ending_ms + silence_ms : AT_NEVER;
}

/* Unsolicited lines that wait behind a payload which stays away are told before it is
 * given up. */
static bool read_held_lines(at_engine *e, int64_t now_ms) {
  if (!at_engine_receives(e) || e->run.ending != AT_ENDING_LINES) return false;
  if (e->framer.payload.spare_blanks > 0) return false; /* they come first */
  at_exchange_end_payload(e, now_ms);
  at_engine_hurry(e, now_ms);
  return true;
}

/* True where time alone has changed something, and there may be input to read. */
static bool let_time_pass(at_engine *e, int64_t now_ms) {
  if (at_engine_receives(e)) watch_ending(e, now_ms);
  if (now_ms >= ending_deadline_ms(e)) {
    if (e->framer.payload.spare_blanks > 0) return false; /* they come first */
    at_exchange_end_payload(e, now_ms);
    return true;
  }
  if (now_ms < e->run.deadline_ms) return false;
  if (at_exchange_end_overdue(e, now_ms)) return false;
  if (at_engine_is_guarding(e)) {
    at_exchange_send_escape(e, now_ms);
    return false;
  }
  return read_held_lines(e, now_ms);
}

/* Nothing but lines that may be the module's has come for so long that payload would have
 * filled the room for them, even at 4800 baud. */
static bool are_lines_old(const at_engine *e, int64_t now_ms) {
  bool is_holding = at_engine_receives(e) && e->run.held_ms != AT_NEVER;
  return is_holding && now_ms - e->run.held_ms >= LINES_MS;
}

/* A payload that has ended early may have ended with empty lines. */
static bool give_held_blanks(at_engine *e, int64_t now_ms, at_event *event) {
  at_span data;
  bool is_over = now_ms >= e->run.deadline_ms && !at_engine_is_guarding(e);
  if (!at_engine_receives(e) || (!is_over && now_ms < ending_deadline_ms(e))) return false;
  if (!at_payload_take_blanks(&e->framer.payload, &data)) return false;
  if (e->framer.payload.left == 0) at_exchange_end_payload(e, now_ms);
  at_token token = {AT_TOKEN_DATA, data.at, (size_t)(data.end - data.at)};
  return report_data(e, event, &token);
}

/* A module that says nothing but unsolicited lines says so many that they would fill
 * the room for the words of an end. */
static bool tell_held_line(at_engine *e, int64_t now_ms, at_event *event) {
  at_span line;
  if (!are_lines_old(e, now_ms) || !at_payload_take_urc(&e->framer.payload, &line)) return false;
  event->type = AT_EVENT_URC;
  event->text = line.at;
  event->len = (size_t)(line.end - line.at);
  return true;
}

int64_t at_engine_deadline(const at_engine *e, int64_t now_ms) {
  int64_t deadline_ms = ending_deadline_ms(e);
  if (e->run.deadline_ms < deadline_ms) deadline_ms = e->run.deadline_ms;
  bool is_dropped = now_ms < e->line.dtr_from_ms;
  return is_dropped && e->line.dtr_from_ms < deadline_ms ? e->line.dtr_from_ms : deadline_ms;
}

/* The time of the state is over. */
static bool expire(at_engine *e, at_event *event) {
  switch (e->run.state) {
    case AT_STATE_PAUSE: return at_event_finish_well(e, event);
    case AT_STATE_LATE_OK: e->channel.dirty = true; return at_event_finish_well(e, event);
    case AT_STATE_CUT: return at_event_finish(e, event, e->run.reason);
    default: return at_event_fail(e, event, AT_ERROR_TIMEOUT);
  }
}

/* --- events --------------------------------------------------------------------- */

/* The token in hand, which was shown by a trace event, or the next. */
static at_token take_token(at_engine *e) {
  at_token token = e->trace.token;
  e->trace.token.type = AT_TOKEN_NONE;
  return token.type != AT_TOKEN_NONE ? token : at_framer_next(&e->framer);
}

bool at_engine_next(at_engine *e, int64_t now_ms, at_event *event) {
  memset(event, 0, sizeof *event);
  for (;;) {
    if (e->trace.on && at_trace_output(e, event)) return true;
    if (e->run.state == AT_STATE_END) return at_event_finish_well(e, event);
    bool is_shown = e->trace.token.type != AT_TOKEN_NONE;
    at_token token = take_token(e);
    if (token.type == AT_TOKEN_NONE) return false;
    if (e->trace.on && !is_shown && at_trace_token(e, &token, event)) {
      e->trace.token = token;
      return true;
    }
    if (handle_token(e, event, &token, now_ms)) return true;
  }
}

bool at_engine_let_time_pass(at_engine *e, int64_t now_ms, at_event *event) {
  memset(event, 0, sizeof *event);
  while (let_time_pass(e, now_ms)) { /* few times: a payload ends but once */
    if (at_engine_next(e, now_ms, event)) return true;
  }
  if (give_held_blanks(e, now_ms, event) || tell_held_line(e, now_ms, event)) return true;
  return now_ms >= e->run.deadline_ms && expire(e, event);
}
