/* The sending side of the engine: what the line is to carry now, and when the last
 * byte of it has left the UART. */
#include "at/internal.h"

enum {
  /* The module waits 1 s behind "+++" before it answers (manual, 1.2); a little
   * less, as its clock is not ours. */
  SHORTEST_GUARD_MS = 900,
  /* What a serial driver and the adapter behind it can hold: whatever was written
   * before that has left, or the port would not have taken more. */
  QUEUE_BYTES = 4096
};

void at_engine_set_baudrate(at_engine *e, uint32_t baudrate) {
  e->line.baudrate = baudrate;
}

uint32_t at_engine_baudrate(const at_engine *e) {
  return e->line.baudrate;
}

static bool may_send(const at_engine *e) {
  return e->line.out_len > 0 && !at_engine_is_guarding(e);
}

at_wants at_engine_wants(const at_engine *e, int64_t now_ms) {
  at_wants wants = {
      .data = e->line.out,
      .is_payload = e->run.state == AT_STATE_TRANSMIT,
      .flush = e->line.flush,
      .baudrate = e->line.baudrate,
      .watches_sent = at_engine_is_guarding(e),
      .drives_dtr = e->line.uses_dtr,
      .dtr = now_ms >= e->line.dtr_from_ms,
  };
  if (may_send(e)) {
    wants.len = e->line.out_len > AT_SEND_WINDOW ? AT_SEND_WINDOW : (size_t)e->line.out_len;
  }
  return wants;
}

/* Bytes of 8N1 take ten bit times each. Small writes on a fast line take parts of a
 * millisecond, which add up. */
static void count_line_time(at_engine *e, size_t len, int64_t now_ms) {
  uint32_t baudrate = e->line.baudrate;
  bool was_idle = e->line.free_ms < now_ms;
  if (was_idle) e->line.free_ms = now_ms;
  if (baudrate == 0) return;
  uint64_t time = (uint64_t)len * 10000 + (was_idle ? 0 : e->line.free_part);
  int64_t latest_ms = now_ms + (QUEUE_BYTES * 10000 + baudrate - 1) / baudrate;
  e->line.free_ms += (int64_t)(time / baudrate);
  e->line.free_part = (uint32_t)(time % baudrate);
  if (e->line.free_ms > latest_ms) e->line.free_ms = latest_ms;
}

static void count_payload(at_engine *e, size_t len) {
  e->line.payload_left -= len;
  if (!e->trace.on) return;
  e->trace.payload += len;
  e->trace.outgoing = true;
}

void at_engine_sent(at_engine *e, size_t len, int64_t now_ms) {
  if (len == 0 || len > e->line.out_len) return;
  count_line_time(e, len, now_ms);
  e->line.out += len;
  e->line.out_len -= len;
  if (e->run.answer_from_ms == AT_NEVER) e->run.answer_from_ms = now_ms + SHORTEST_GUARD_MS;
  if (e->run.state != AT_STATE_TRANSMIT) return;
  count_payload(e, len);
  e->line.gone_ms = e->line.free_ms;
  at_exchange_renew(e, e->line.free_ms);
  if (e->line.out_len == 0) at_exchange_confirm(e);
}

void at_engine_unsent(at_engine *e, int64_t now_ms) {
  if (e->line.free_ms < now_ms) e->line.free_ms = now_ms;
  if (at_engine_is_guarding(e)) e->run.deadline_ms = e->line.free_ms + AT_GUARD_MS;
}

uint64_t at_engine_payload_left(const at_engine *e) {
  return e->line.payload_left;
}

int64_t at_engine_payload_gone_ms(const at_engine *e) {
  return e->line.gone_ms;
}

void at_engine_flushed(at_engine *e) {
  e->line.flush = false;
}
