/* What the files of the engine share, and nobody above src/at may use. */
#ifndef BG96_AT_INTERNAL_H
#define BG96_AT_INTERNAL_H

#include "at/engine.h"

/* --- exchange.c: every change of state ------------------------------------ */

/* OK: the result line is to come. */
void at_exchange_await_result(at_engine *e, int64_t now_ms);

/* The result line came before OK. */
void at_exchange_await_ok(at_engine *e, int64_t now_ms);

/* The echo came: what follows it is the answer. */
void at_exchange_echoed(at_engine *e);

/* The result line came behind OK: the next call ends the exchange. */
void at_exchange_end_soon(at_engine *e);

/* Payload ran as a command, which was answered with `reason`, or NO CARRIER came behind it.
 * That is the reason where no result line comes. */
void at_exchange_cut(at_engine *e, at_final reason, int64_t now_ms);

/* The payload has ended, by its length or by words: lines follow. */
void at_exchange_end_payload(at_engine *e, int64_t now_ms);

/* The silence before "+++" is over. */
void at_exchange_send_escape(at_engine *e, int64_t now_ms);

/* The last byte of the payload was handed to the port. */
void at_exchange_confirm(at_engine *e);

/* OK is overdue behind all of a payload: the module may have lost some of it, and wait for
 * more. True where "+++" is to end that. */
bool at_exchange_end_overdue(at_engine *e, int64_t now_ms);

/* The time of the payload begins anew: bytes of it have come, or gone. */
void at_exchange_renew(at_engine *e, int64_t from_ms);

/* The exchange is over, well or not. */
void at_exchange_stop(at_engine *e);

/* --- what the others ask --------------------------------------------------- */

/* True while payload comes from the module. */
static inline bool at_engine_receives(const at_engine *e) {
  return e->framer.in_payload;
}

/* True while the silence before "+++" runs. */
bool at_engine_is_guarding(const at_engine *e);

/* True where a suspended module has said OK behind what may look like its words as well. */
bool at_engine_is_paused(const at_engine *e);

/* True for a line that repeats the command. */
bool at_engine_is_echo(const at_engine *e, const at_token *line);

/* True for a line that can be a reply of the exchange, by word and shape. */
bool at_engine_owns_line(const at_engine *e, const at_token *line);

/* --- line.c: what is done with a line --------------------------------------- */

/* Fills an event with a token's text; true. */
static inline bool at_event_report(at_event *event, at_event_type type, const at_token *token) {
  event->type = type;
  event->text = token->text;
  event->len = token->len;
  return true;
}

/* Ends the exchange with a final result code, with OK, or without one; true. */
bool at_event_finish(at_engine *e, at_event *event, at_final final);
bool at_event_finish_well(at_engine *e, at_event *event);
bool at_event_fail(at_engine *e, at_event *event, at_error_kind failure);

/* Takes a line; true for an event. */
bool at_engine_handle_line(at_engine *e, at_event *event, const at_token *line, int64_t now_ms);

/* --- trace.c: what goes over the line, as AT_EVENT_TRACE ------------------- */

/* Reports a command or payload that was not reported yet; false for none. */
bool at_trace_output(at_engine *e, at_event *event);

/* Reports a line; false for another token. */
bool at_trace_token(const at_engine *e, const at_token *token, at_event *event);

#endif
