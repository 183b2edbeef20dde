/* What a line is, and what is done with it: the table of at/state.h, carried out. */
#include <string.h>

#include "at/cursor.h"
#include "at/internal.h"

/* --- questions -------------------------------------------------------------- */

bool at_engine_is_guarding(const at_engine *e) {
  return e->run.state == AT_STATE_GUARD || e->run.state == AT_STATE_RECEIVE_GUARD;
}

bool at_engine_is_paused(const at_engine *e) {
  return e->run.state == AT_STATE_SUSPEND && at_payload_is_paused(&e->framer.payload);
}

bool at_engine_is_echo(const at_engine *e, const at_token *line) {
  return line->len == e->run.command_len && memcmp(line->text, e->run.command, line->len) == 0;
}

/* Most exchanges have one word: cheaper than to look for several. */
static bool has_words(const at_engine *e, const at_token *line) {
  const char *words = e->run.how.words;
  size_t len = e->run.word_len;
  if (len == 0) return false;
  bool is_first = line->len >= len && memcmp(line->text, words, len) == 0;
  if (is_first && (line->len == len || line->text[len] == ':')) return true;
  return words[len] == ';' && at_line_has_words(line->text, line->len, words + len + 1);
}

bool at_engine_owns_line(const at_engine *e, const at_token *line) {
  if (!has_words(e, line)) return false;
  return !e->run.how.accepts || e->run.how.accepts(line->text, line->len);
}

/* After a transfer was given up, lines may come from the middle of a file. */
static bool may_be_payload(const at_engine *e) {
  return e->channel.dirty && e->channel.in_data_mode;
}

/* --- what a line is ---------------------------------------------------------- */

static at_line_kind kind_of_final(at_final_type type) {
  switch (type) {
    case AT_FINAL_OK: return AT_LINE_OK;
    case AT_FINAL_CONNECT: return AT_LINE_CONNECT;
    case AT_FINAL_NO_CARRIER: return AT_LINE_NO_CARRIER;
    default: return AT_LINE_ERROR;
  }
}

/* A command of the user's that has no word is answered with whatever its reply is. */
static bool is_free_reply(const at_engine *e) {
  const char *words = e->run.how.words;
  return e->run.state == AT_STATE_FREE && (!words || words[0] == '\0');
}

static at_line_kind classify(const at_engine *e, const at_token *line, at_final *final) {
  if (at_engine_owns_line(e, line)) return AT_LINE_OWN;
  *final = at_final_parse(line->text, line->len);
  if (final->type != AT_FINAL_NONE) return kind_of_final(final->type);
  if (at_urc_matches(&e->urc, line->text, line->len)) return AT_LINE_UNSOLICITED;
  bool is_shaped = at_urc_has_shape(line->text, line->len) && !is_free_reply(e);
  return is_shaped ? AT_LINE_SHAPED : AT_LINE_TEXT;
}

/* --- what it does ------------------------------------------------------------ */

bool at_event_finish(at_engine *e, at_event *event, at_final final) {
  at_exchange_stop(e);
  event->type = AT_EVENT_DONE;
  event->final = final;
  return true;
}

bool at_event_finish_well(at_engine *e, at_event *event) {
  return at_event_finish(e, event, (at_final){AT_FINAL_OK, -1, NULL, 0});
}

bool at_event_fail(at_engine *e, at_event *event, at_error_kind failure) {
  at_engine_abort(e);
  event->type = AT_EVENT_FAILED;
  event->failure = failure;
  return true;
}

static bool suspended(at_engine *e, at_event *event) {
  at_exchange_stop(e);
  event->type = AT_EVENT_SUSPENDED;
  return true;
}

static bool has_result(const at_engine *e) {
  return e->run.how.result_timeout_ms > 0;
}

static bool connect(at_engine *e, at_event *event, const at_token *line) {
  e->channel.in_data_mode = true;
  return at_event_report(event, AT_EVENT_CONNECT, line);
}

/* The command that it answers is not the one that runs, which will not be answered. */
static bool begun(at_engine *e, int64_t now_ms) {
  bool is_probe = e->run.state == AT_STATE_ECHO || e->run.state == AT_STATE_PROBE;
  at_engine_set_dirty(e, true);
  e->run.connects++;
  if (is_probe) at_engine_hurry(e, now_ms);
  return false;
}

static bool unframed(at_engine *e, at_event *event, at_line_kind kind) {
  if (kind == AT_LINE_CONNECT) e->channel.in_data_mode = true;
  return at_event_fail(e, event, AT_ERROR_FRAMING);
}

static bool accept(at_engine *e, at_event *event, at_final final, int64_t now_ms) {
  if (e->run.is_lost) return false; /* no result follows: it was payload, or says nothing */
  if (!has_result(e)) return at_event_finish(e, event, final);
  at_exchange_await_result(e, now_ms);
  return false;
}

static bool take_early_result(at_engine *e, at_event *event, const at_token *line, int64_t now_ms) {
  at_exchange_await_ok(e, now_ms);
  return at_event_report(event, AT_EVENT_LINE, line);
}

static bool take_result(at_engine *e, at_event *event, const at_token *line) {
  at_exchange_end_soon(e);
  return at_event_report(event, AT_EVENT_LINE, line);
}

static bool cut(at_engine *e, at_event *event, at_final reason, int64_t now_ms) {
  if (!has_result(e)) return at_event_finish(e, event, reason);
  at_exchange_cut(e, reason, now_ms);
  return false;
}

/* A final result code and a result line are the end of data mode. */
static void note_mode(at_engine *e, at_action action) {
  bool is_probe = e->run.how.shape >= AT_SHAPE_PROBE;
  bool is_end = action >= AT_ACT_EARLY && action < AT_ACT_CONNECT;
  if (is_end && !is_probe) e->channel.in_data_mode = false;
}

/* Behind all of a payload, OK must come before the result line: where it is garbled, the
 * payload may be as well. */
static at_action own_action(const at_engine *e) {
  bool is_behind_all = e->run.state == AT_STATE_TRAILER && e->framer.payload.left == 0;
  if (!has_result(e)) return AT_ACT_REPLY;
  return is_behind_all ? AT_ACT_UNFRAMED : AT_ACT_EARLY;
}

/* Behind a payload whose lines may have been the module's, so that some of it is still to come:
 * there must be the end of the exchange and nothing else. */
static bool is_out_of_place(const at_engine *e, at_line_kind kind) {
  if (!e->run.is_guessed) return false; /* mostly */
  bool is_behind = e->run.state == AT_STATE_TRAILER || e->run.state == AT_STATE_RESULT;
  bool is_end = kind == AT_LINE_OWN || (kind == AT_LINE_OK && e->run.state == AT_STATE_TRAILER);
  if (!is_behind) return false;
  return !is_end || e->framer.before > e->framer.lead.line;
}

/* What comes before all of the command has gone out is no answer to it. */
static at_state effective_state(const at_engine *e) {
  bool awaits_answer = e->run.state >= AT_STATE_ECHO && e->run.state <= AT_STATE_CONNECT;
  return awaits_answer && e->line.out_len > 0 ? AT_STATE_IDLE : e->run.state;
}

static bool act(at_engine *e, at_event *event, const at_token *line, at_line_kind kind,
                at_final final, int64_t now_ms) {
  at_action action = at_state_action(effective_state(e), kind);
  bool is_older = action == AT_ACT_OLDER && may_be_payload(e);
  if (action == AT_ACT_OWN) action = own_action(e);
  if (is_out_of_place(e, kind)) action = AT_ACT_UNFRAMED;
  note_mode(e, action);
  switch (action) {
    case AT_ACT_IGNORE: return false;
    case AT_ACT_NOISE: e->run.noise++; return false;
    case AT_ACT_BEGUN: return begun(e, now_ms);
    case AT_ACT_UNECHOED: e->run.unechoed++; return false;
    case AT_ACT_TELL:
    case AT_ACT_OLDER: return !is_older && at_event_report(event, AT_EVENT_URC, line);
    case AT_ACT_FOREIGN: e->channel.dirty = true; return false;
    case AT_ACT_OWN:
    case AT_ACT_REPLY: return at_event_report(event, AT_EVENT_LINE, line);
    case AT_ACT_EARLY: return take_early_result(e, event, line, now_ms);
    case AT_ACT_RESULT: return take_result(e, event, line);
    case AT_ACT_ACCEPT: return accept(e, event, final, now_ms);
    case AT_ACT_CONNECT: return connect(e, event, line);
    case AT_ACT_CARRIER:
      return e->run.how.carrier_ends ? at_event_finish(e, event, final)
                                     : at_event_report(event, AT_EVENT_URC, line);
    case AT_ACT_CUT: return cut(e, event, final, now_ms);
    case AT_ACT_DONE: return at_event_finish(e, event, final);
    case AT_ACT_SUSPENDED: return suspended(e, event);
    case AT_ACT_UNFRAMED: return unframed(e, event, kind);
  }
  return false;
}

bool at_engine_handle_line(at_engine *e, at_event *event, const at_token *line, int64_t now_ms) {
  at_final final = {AT_FINAL_NONE, -1, NULL, 0};
  if (!at_engine_is_idle(e) && at_engine_is_echo(e, line)) {
    at_exchange_echoed(e);
    return false;
  }
  at_line_kind kind = classify(e, line, &final);
  if (kind == AT_LINE_OK) at_framer_note_ok(&e->framer);
  /* "+++" cannot be answered yet: this is payload that looks like an answer. */
  if (final.type != AT_FINAL_NONE && now_ms < e->run.answer_from_ms) {
    if (at_state_action(e->run.state, kind) != AT_ACT_BEGUN) return false;
  }
  return act(e, event, line, kind, final, now_ms);
}
