/* The sending side of the engine: what may go out now, and when the last byte
 * of it has left the UART. */
#include "at/engine.h"

/* The module waits 1 s behind "+++" before it answers (manual, 1.2); a little
 * less, as its clock is not ours. */
enum { SHORTEST_GUARD_MS = 900 };

size_t at_engine_output(const at_engine *e, const char **data) {
  if (e->out_len == 0) return 0;
  if (e->state != AT_STATE_COMMAND && e->state != AT_STATE_TRANSMIT &&
      e->state != AT_STATE_SUSPEND) {
    return 0;
  }
  *data = e->out;
  return e->out_len > AT_SEND_WINDOW ? AT_SEND_WINDOW : (size_t)e->out_len;
}

/* What a serial driver and the adapter behind it can hold: whatever was written
 * before that has left, or the port would not have taken more. */
enum { QUEUE_BYTES = 4096 };

/* Bytes of 8N1 take ten bit times each. */
static int64_t time_on_line_ms(const at_engine *e, size_t len) {
  if (e->baudrate == 0) return 0;
  return (int64_t)((len * 10000 + e->baudrate - 1) / e->baudrate);
}

void at_engine_sent(at_engine *e, size_t len, int64_t now_ms) {
  if (len == 0 || len > e->out_len) return;
  if (e->line_free_ms < now_ms) e->line_free_ms = now_ms;
  e->line_free_ms += time_on_line_ms(e, len);
  int64_t latest_ms = now_ms + time_on_line_ms(e, QUEUE_BYTES);
  if (e->line_free_ms > latest_ms) e->line_free_ms = latest_ms;
  e->out += len;
  e->out_len -= len;
  if (e->answer_from_ms == AT_NEVER) e->answer_from_ms = now_ms + SHORTEST_GUARD_MS;
  if (e->state != AT_STATE_TRANSMIT) return;
  if (e->tracing) {
    e->payload_count += len;
    e->payload_outgoing = true;
  }
  e->deadline_ms = e->line_free_ms + e->exchange.silence_ms;
  if (e->out_len == 0) e->state = AT_STATE_COMMAND;
}

void at_engine_unsent(at_engine *e, int64_t now_ms) {
  if (e->line_free_ms < now_ms) e->line_free_ms = now_ms;
  if (at_engine_is_guarding(e)) e->deadline_ms = e->line_free_ms + AT_GUARD_MS;
}

bool at_engine_take_flush(at_engine *e) {
  bool flush = e->flush_output;
  e->flush_output = false;
  return flush;
}

int64_t at_engine_deadline(const at_engine *e, int64_t now_ms) {
  int64_t deadline_ms = e->state == AT_STATE_IDLE ? AT_NEVER : e->deadline_ms;
  bool is_dropped = now_ms < e->dtr_from_ms;
  return is_dropped && e->dtr_from_ms < deadline_ms ? e->dtr_from_ms : deadline_ms;
}
