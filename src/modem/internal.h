/* What the files of this folder need from each other, and nobody else. */
#ifndef BG96_MODEM_INTERNAL_H
#define BG96_MODEM_INTERNAL_H

#include "at/engine.h"
#include "modem/task.h"

/* Ends `t` with the error in it, at once. */
void modem_task_fail_now(modem *m, modem_task *t);

/* The error that an event of kind DONE or FAILED means for the running exchange; of kind NONE
 * where it has ended well. */
at_error modem_event_error(const modem *m, const at_event *event);

#endif
