#include "at/engine.h"

#include <string.h>

#include "at/cursor.h"
#include "at/internal.h"
#include "at/trace.h"

/* How long a result line that came in place of CONNECT waits for its OK. */
enum { LATE_OK_MS = 1000 };

/* How long the line must be silent behind what looks like the end of a payload
 * of unknown length. A file is seldom cut just there for so long. */
enum { TRAILER_SILENCE_MS = 300 };

void at_engine_init(at_engine *e, uint32_t baudrate) {
  memset(e, 0, sizeof *e);
  at_framer_init(&e->framer);
  e->baudrate = baudrate;
  e->command_traced = true;
}

/* The one place where the state changes. */
void at_engine_enter(at_engine *e, at_state state, int64_t deadline_ms) {
  e->state = state;
  e->deadline_ms = deadline_ms;
}

bool at_engine_is_dirty(const at_engine *e) {
  return e->dirty;
}

bool at_engine_is_guarding(const at_engine *e) {
  return e->state == AT_STATE_GUARD ||
         (e->state == AT_STATE_SUSPEND && !e->framer.trailer.is_active);
}

void at_engine_set_clean(at_engine *e) {
  e->dirty = false;
  e->in_data_mode = false;
}

void at_engine_set_dirty(at_engine *e, bool in_data_mode) {
  e->dirty = true;
  e->in_data_mode = in_data_mode;
}

void at_engine_set_tracing(at_engine *e, bool on) {
  e->tracing = on;
}

/* --- commands ----------------------------------------------------------- */

at_builder at_engine_command(at_engine *e, const char *word) {
  return at_builder_open(e->command, sizeof e->command - 1, word);
}

bool at_engine_begin(at_engine *e, const at_builder *b, const at_exchange *how, int64_t now_ms) {
  if (b->failed) return false;
  e->exchange = *how;
  e->echo_seen = e->result_seen = e->after_payload = e->cut_short = e->done = false;
  e->transmits = false;
  e->command_len = b->len;
  e->command[b->len] = '\r';
  e->out = e->command;
  e->out_len = b->len + 1;
  e->command_traced = false;
  at_engine_enter(e, AT_STATE_COMMAND, now_ms + how->timeout_ms);
  return true;
}

void at_engine_receive(at_engine *e, uint64_t len, int64_t now_ms) {
  at_framer_expect_data(&e->framer, len);
  at_engine_enter(e, AT_STATE_RECEIVE, now_ms + e->exchange.silence_ms);
}

void at_engine_receive_all(at_engine *e, int64_t now_ms) {
  at_framer_expect_trailer(&e->framer, e->exchange.prefix);
  at_engine_enter(e, AT_STATE_RECEIVE, now_ms + e->exchange.silence_ms);
}

void at_engine_transmit(at_engine *e, const char *data, uint64_t len, int64_t now_ms) {
  e->out = data;
  e->out_len = len;
  e->transmits = true;
  at_engine_enter(e, AT_STATE_TRANSMIT, now_ms + e->exchange.silence_ms);
}

/* The module is no longer in data mode: what has been handed to the port and has not
 * left it, seconds of payload on a slow line, would be run as commands. */
static void drop_unsent(at_engine *e) {
  if (e->transmits) e->flush_output = true;
  e->transmits = false;
}

static void stop(at_engine *e) {
  if (e->out_len > 0) e->dirty = true; /* half a command may stand in the module */
  e->out_len = 0;
  e->answer_from_ms = 0;
  e->exchange.prefix = NULL; /* it may go with the call that it was lent by */
  at_framer_expect_lines(&e->framer);
  at_engine_enter(e, AT_STATE_IDLE, AT_NEVER);
}

void at_engine_abort(at_engine *e) {
  if (e->state == AT_STATE_IDLE) return;
  drop_unsent(e);
  e->dirty = true;
  stop(e);
}

void at_engine_hurry(at_engine *e, int64_t deadline_ms) {
  if (e->state != AT_STATE_IDLE && deadline_ms < e->deadline_ms) e->deadline_ms = deadline_ms;
}

/* --- what a line means -------------------------------------------------- */

static bool report(at_event *event, at_event_type type, const at_token *line) {
  event->type = type;
  event->text = line->text;
  event->len = line->len;
  return true;
}

static bool finish(at_engine *e, at_event *event, at_final final) {
  if (e->cut_short) e->dirty = true;
  stop(e);
  event->type = AT_EVENT_DONE;
  event->final = final;
  return true;
}

static bool fail(at_engine *e, at_event *event, at_error_kind failure) {
  drop_unsent(e);
  e->dirty = true;
  stop(e);
  event->type = AT_EVENT_FAILED;
  event->failure = failure;
  return true;
}

static bool drop(at_engine *e) {
  e->dropped++;
  return false;
}

bool at_engine_is_echo(const at_engine *e, const at_token *line) {
  return !e->echo_seen && line->len == e->command_len &&
         memcmp(line->text, e->command, line->len) == 0;
}

bool at_engine_owns_line(const at_engine *e, const at_token *line) {
  return e->exchange.prefix && at_line_has_prefix(line->text, line->len, e->exchange.prefix);
}

static bool handle_connect(at_engine *e, at_event *event, const at_token *line) {
  bool is_expected = e->exchange.silence_ms > 0 && !e->in_data_mode && !e->result_seen;
  if (e->exchange.noisy) return false;
  e->in_data_mode = true;
  if (!is_expected) return fail(e, event, AT_ERROR_FRAMING);
  return report(event, AT_EVENT_CONNECT, line);
}

static bool handle_ok(at_engine *e, at_event *event, at_final final, int64_t now_ms) {
  if (e->exchange.result_timeout_ms == 0 || e->result_seen) return finish(e, event, final);
  at_engine_enter(e, AT_STATE_RESULT, now_ms + e->exchange.result_timeout_ms);
  return false;
}

static bool handle_final(at_engine *e, at_event *event, const at_token *line, at_final final,
                         int64_t now_ms) {
  if (now_ms < e->answer_from_ms) return false; /* payload that looks like one */
  if (e->state == AT_STATE_RESULT &&
      (final.type == AT_FINAL_OK || final.type == AT_FINAL_CONNECT)) {
    e->dirty = true;
    return false;
  }
  if (final.type == AT_FINAL_CONNECT) return handle_connect(e, event, line);
  if (!e->exchange.noisy) e->in_data_mode = false;
  if (final.type == AT_FINAL_OK) return handle_ok(e, event, final, now_ms);
  return finish(e, event, final);
}

/* A line with the prefix of the command that runs: a reply or its result. */
static bool handle_own_line(at_engine *e, at_event *event, const at_token *line, int64_t now_ms) {
  bool connects = e->exchange.silence_ms > 0;
  if (e->exchange.result_timeout_ms == 0) return report(event, AT_EVENT_LINE, line);
  if (e->state == AT_STATE_RESULT) {
    e->done = true;
  } else if (e->after_payload) {
    return fail(e, event, AT_ERROR_FRAMING);
  } else if (connects) {
    e->in_data_mode = false;
    at_engine_hurry(e, now_ms + LATE_OK_MS);
  } else if (!e->exchange.result_before_ok) {
    return report(event, AT_EVENT_URC, line); /* of a command that was given up */
  }
  e->result_seen = true;
  return report(event, AT_EVENT_LINE, line);
}

/* After a transfer was given up, lines may come from the middle of a file. */
static bool may_be_payload(const at_engine *e) {
  return e->dirty && e->in_data_mode;
}

static bool handle_other_line(at_engine *e, at_event *event, const at_token *line) {
  if (may_be_payload(e)) return false;
  if (at_urc_matches(&e->urc, line->text, line->len)) return report(event, AT_EVENT_URC, line);
  if (e->exchange.noisy) return drop(e);
  if (e->after_payload) return fail(e, event, AT_ERROR_FRAMING);
  return report(event, e->exchange.any_line ? AT_EVENT_LINE : AT_EVENT_URC, line);
}

/* A final result code or the command's result while payload is being sent. */
static void cut_payload(at_engine *e, int64_t now_ms) {
  e->out_len = 0;
  e->cut_short = true;
  at_engine_enter(e, AT_STATE_COMMAND, now_ms + e->exchange.result_timeout_ms);
}

static bool handle_idle_line(at_engine *e, at_event *event, const at_token *line) {
  if (may_be_payload(e)) return false;
  if (at_final_parse(line->text, line->len).type == AT_FINAL_NONE) {
    return report(event, AT_EVENT_URC, line);
  }
  e->dirty = true; /* whose final result code was this? */
  return false;
}

/* Before the echo of a command that must have one: nothing here is its reply. */
static bool handle_older_line(at_engine *e, at_event *event, const at_token *line) {
  if (may_be_payload(e) || !at_urc_matches(&e->urc, line->text, line->len)) return false;
  return report(event, AT_EVENT_URC, line);
}

static bool handle_line(at_engine *e, at_event *event, const at_token *line, int64_t now_ms) {
  if (e->state == AT_STATE_IDLE || e->state == AT_STATE_PAUSE) {
    return handle_idle_line(e, event, line);
  }
  if (at_engine_is_echo(e, line)) {
    e->echo_seen = true;
    return false;
  }
  if (e->exchange.needs_echo && !e->echo_seen) return handle_older_line(e, event, line);
  bool own = at_engine_owns_line(e, line);
  at_final final = {.type = AT_FINAL_NONE};
  if (!own) final = at_final_parse(line->text, line->len);
  if (own || final.type != AT_FINAL_NONE) {
    drop_unsent(e);
    if (e->state == AT_STATE_TRANSMIT) cut_payload(e, now_ms);
  }
  if (final.type != AT_FINAL_NONE) return handle_final(e, event, line, final, now_ms);
  return own ? handle_own_line(e, event, line, now_ms) : handle_other_line(e, event, line);
}

/* --- input -------------------------------------------------------------- */

void at_engine_feed(at_engine *e, const char *data, size_t len) {
  at_framer_feed(&e->framer, data, len);
}

bool at_engine_has_input(const at_engine *e) {
  return e->framer.in < e->framer.in_end || e->token.type != AT_TOKEN_NONE;
}

static bool handle_data(at_engine *e, at_event *event, const at_token *data, int64_t now_ms) {
  if (e->tracing) {
    e->payload_count += data->len;
    e->payload_outgoing = false;
  }
  e->trailer_len = 0;
  bool goes_on = e->framer.data_left > 0 || e->framer.trailer.is_active;
  if (goes_on && !at_engine_is_guarding(e)) {
    e->deadline_ms = now_ms + e->exchange.silence_ms;
  } else if (!goes_on) {
    e->after_payload = true;
    at_engine_enter(e, AT_STATE_COMMAND, now_ms + e->exchange.silence_ms);
  }
  return report(event, AT_EVENT_DATA, data);
}

static bool handle_token(at_engine *e, at_event *event, const at_token *token, int64_t now_ms) {
  switch (token->type) {
    case AT_TOKEN_DATA: return handle_data(e, event, token, now_ms);
    case AT_TOKEN_LINE: return handle_line(e, event, token, now_ms);
    case AT_TOKEN_UNFRAMED:
    case AT_TOKEN_OVERLONG:
      if (e->state == AT_STATE_IDLE || e->state == AT_STATE_PAUSE) return false;
      if (e->exchange.noisy) return drop(e);
      return fail(e, event, AT_ERROR_FRAMING);
    case AT_TOKEN_NONE: break;
  }
  return false;
}

/* Behind the trailer there may be lines that the module says by itself. */
static bool rest_is_unsolicited(const at_engine *e) {
  const char *at, *end;
  size_t len = at_trailer_rest(&e->framer.trailer, &at);
  for (end = at + len; at < end;) {
    const char *line = at + 2; /* behind its CR LF */
    const char *line_end = memchr(line, '\r', (size_t)(end - line));
    if (!line_end || !at_urc_matches(&e->urc, line, (size_t)(line_end - line))) return false;
    at = line_end + 2;
  }
  return true;
}

/* A whole trailer is held back: it is one if nothing follows for a while. */
static void watch_trailer(at_engine *e, int64_t now_ms) {
  const at_trailer *t = &e->framer.trailer;
  bool is_whole = t->is_active && at_trailer_is_complete(t) && rest_is_unsolicited(e);
  size_t len = is_whole ? t->held_len : 0;
  if (len != e->trailer_len) {
    e->deadline_ms = now_ms + (len > 0 ? (int64_t)TRAILER_SILENCE_MS : e->exchange.silence_ms);
  }
  e->trailer_len = len;
}

static bool suspend(at_engine *e, at_event *event) {
  stop(e);
  event->type = AT_EVENT_SUSPENDED;
  return true;
}

static bool end_by_trailer(at_engine *e, at_event *event) {
  at_token line = {AT_TOKEN_LINE, NULL, 0};
  line.len = at_trailer_outcome(&e->framer.trailer, &line.text);
  at_final final = at_final_parse(line.text, line.len);
  bool is_suspended = e->state == AT_STATE_SUSPEND && final.type == AT_FINAL_OK;
  e->in_data_mode = false;
  e->trailer_len = 0;
  if (is_suspended) return suspend(e, event);
  if (final.type != AT_FINAL_NONE) return finish(e, event, final);
  const char *rest;
  size_t rest_len = at_trailer_rest(&e->framer.trailer, &rest);
  at_framer_expect_lines(&e->framer);
  at_framer_feed(&e->framer, rest, rest_len); /* all that was given is used up */
  e->done = true;
  return report(event, AT_EVENT_LINE, &line);
}

static bool handle_deadline(at_engine *e, at_event *event, int64_t now_ms) {
  watch_trailer(e, now_ms);
  if (now_ms < e->deadline_ms) return false;
  if (e->trailer_len > 0) return end_by_trailer(e, event);
  if (at_engine_is_guarding(e)) {
    at_engine_send_escape(e, now_ms);
    return false;
  }
  if (e->result_seen) e->dirty = true; /* an OK may still come */
  if (e->result_seen || e->state == AT_STATE_PAUSE) {
    return finish(e, event, (at_final){AT_FINAL_OK, -1, NULL, 0});
  }
  return fail(e, event, AT_ERROR_TIMEOUT);
}

bool at_engine_next(at_engine *e, int64_t now_ms, at_event *event) {
  memset(event, 0, sizeof *event);
  for (;;) {
    if (e->tracing && at_trace_output(e, event)) return true;
    if (e->done) {
      e->done = false;
      return finish(e, event, (at_final){AT_FINAL_OK, -1, NULL, 0});
    }
    if (e->token.type == AT_TOKEN_NONE) {
      e->token = at_framer_next(&e->framer);
      e->token_traced = false;
    }
    if (e->token.type == AT_TOKEN_NONE) return handle_deadline(e, event, now_ms);
    if (e->tracing && at_trace_token(e, event)) return true;
    at_token token = e->token;
    e->token.type = AT_TOKEN_NONE;
    if (handle_token(e, event, &token, now_ms)) return true;
  }
}
