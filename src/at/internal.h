/* What the files of the engine share, and nobody else should use. */
#ifndef BG96_AT_INTERNAL_H
#define BG96_AT_INTERNAL_H

#include "at/engine.h"

/* The one place where the state changes. */
void at_engine_enter(at_engine *e, at_state state, int64_t deadline_ms);

/* Sends "+++", as the guard before it is over. */
void at_engine_send_escape(at_engine *e, int64_t now_ms);

/* True for the first line that repeats the exchange's command. */
bool at_engine_is_echo(const at_engine *e, const at_token *line);

/* True for a line that begins with the exchange's prefix. */
bool at_engine_owns_line(const at_engine *e, const at_token *line);

#endif
