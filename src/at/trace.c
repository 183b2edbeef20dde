#include "at/internal.h"
#include "at/mask.h"

/* What is not understood while a secret may be on the line is not shown; of a
 * command's own lines, damaged as they may be, that is where its secrets stand. */
static bool is_understood(const at_engine *e, const at_token *line) {
  if (at_engine_is_echo(e, line)) return true;
  if (!at_engine_owns_line(e, line)) return false;
  return !e->run.how.secret || at_mask_finds(line->text, line->len);
}

static bool must_hide(const at_engine *e, const at_token *line) {
  bool tainted = e->channel.dirty || e->run.how.secret || e->run.how.shape >= AT_SHAPE_PROBE;
  return tainted && !is_understood(e, line) &&
         at_final_parse(line->text, line->len).type == AT_FINAL_NONE &&
         !at_urc_matches(&e->urc, line->text, line->len);
}

static bool trace(at_event *event, const char *text, size_t len, bool outgoing) {
  event->type = AT_EVENT_TRACE;
  event->text = text;
  event->len = len;
  event->outgoing = outgoing;
  return true;
}

/* One event for all of a payload, when it is over. */
static bool trace_payload(at_engine *e, at_event *event) {
  bool is_running = at_engine_receives(e) || e->run.state == AT_STATE_TRANSMIT;
  bool is_escaping = e->run.state == AT_STATE_SUSPEND && !e->trace.command_shown;
  if ((is_running && !is_escaping) || e->trace.payload == 0) return false;
  event->payload = e->trace.payload;
  e->trace.payload = 0;
  return trace(event, NULL, 0, e->trace.outgoing);
}

static bool trace_command(at_engine *e, at_event *event) {
  if (e->trace.command_shown) return false;
  e->trace.command_shown = true;
  return trace(event, e->run.command, e->run.command_len, true);
}

bool at_trace_token(const at_engine *e, const at_token *token, at_event *event) {
  if (token->type != AT_TOKEN_LINE) return false;
  event->secret = must_hide(e, token);
  return trace(event, token->text, token->len, false);
}

bool at_trace_output(at_engine *e, at_event *event) {
  return trace_payload(e, event) || trace_command(e, event);
}
