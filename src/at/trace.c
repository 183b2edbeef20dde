#include "at/trace.h"

#include "at/internal.h"
#include "at/mask.h"

/* What is not understood while a secret may be on the line is not shown; of a
 * command's own lines, damaged as they may be, that is where its secrets stand. */
static bool is_understood(const at_engine *e, const at_token *line) {
  if (at_engine_is_echo(e, line)) return true;
  if (!at_engine_owns_line(e, line)) return false;
  return !e->exchange.secret || at_mask_finds(line->text, line->len);
}

static bool must_hide(const at_engine *e, const at_token *line) {
  bool tainted = e->dirty || e->exchange.secret || e->exchange.noisy;
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

static bool trace_payload(at_engine *e, at_event *event) {
  bool running = e->state == AT_STATE_RECEIVE || e->state == AT_STATE_TRANSMIT ||
                 (e->state == AT_STATE_SUSPEND && e->command_traced);
  if (running || e->payload_count == 0) return false;
  event->payload = e->payload_count;
  e->payload_count = 0;
  return trace(event, NULL, 0, e->payload_outgoing);
}

static bool trace_command(at_engine *e, at_event *event) {
  if (e->command_traced) return false;
  e->command_traced = true;
  return trace(event, e->command, e->command_len, true);
}

bool at_trace_token(at_engine *e, at_event *event) {
  if (e->token_traced || e->token.type != AT_TOKEN_LINE) return false;
  e->token_traced = true;
  event->secret = must_hide(e, &e->token);
  return trace(event, e->token.text, e->token.len, false);
}

bool at_trace_output(at_engine *e, at_event *event) {
  return trace_payload(e, event) || trace_command(e, event);
}
