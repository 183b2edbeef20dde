/*
 * The trace of the engine: what goes over the line, as AT_EVENT_TRACE. Lines are
 * handed on raw, with a mark where they must not be shown at all; mask.h takes
 * the secrets out of the others.
 */
#ifndef BG96_AT_TRACE_H
#define BG96_AT_TRACE_H

#include "at/engine.h"

/* Reports a command or payload that has not been reported yet; false for none. */
bool at_trace_output(at_engine *e, at_event *event);

/* Reports the line in hand, once; false where that has been done. */
bool at_trace_token(at_engine *e, at_event *event);

#endif
