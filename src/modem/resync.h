/*
 * Brings the channel back to a known state, from whatever a timeout or a
 * crashed process left: data mode, half a command typed, a reply outstanding,
 * echo off, numeric or no result codes, other line ends, a module that is still
 * booting.
 *
 * It believes nothing that could have been said before or be part of a file.
 * An OK may be stale; the echo of a number that was drawn a moment ago cannot
 * be: so echo is switched on, a harmless command with such a number is sent,
 * and what comes behind its echo is the answer to it. Everything older has
 * then been read and dropped. A setting is made when OK has been heard of it.
 */
#ifndef BG96_MODEM_RESYNC_H
#define BG96_MODEM_RESYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "at/engine.h"

typedef struct modem modem;
typedef struct modem_task modem_task;

typedef struct {
  uint8_t step;        /* 0: it does not run */
  bool is_proof;       /* for the task that runs, not before one */
  bool escaped;        /* data mode may have been left */
  unsigned unanswered; /* attempts in a row */
  unsigned refusals;   /* ERROR where only OK would do, in a row */
  unsigned unechoed;   /* rounds in which answers came, and no echo */
  int64_t begun_ms;    /* when it began */
  int64_t awaited_ms;  /* since when `awaited_by` waits for it */
  const modem_task *awaited_by;
  int64_t heard_ms;     /* when the module has answered last, or that wait began */
  int64_t sent_ms;      /* when the command was begun */
  uint32_t patience_ms; /* how long an answer is waited for; kept from one to the next */
} modem_resync;

/* Begins, or begins anew. `is_proof`: nothing is in doubt but whether a payload has
 * ended. */
void modem_resync_start(modem *m, bool is_proof);

/* Gives it up, as nobody waits for it and the module says nothing: the next task begins
 * it again. True. */
bool modem_resync_stop(modem *m);

/* `t`, which may have been the one already, or nobody (NULL) waits for it. */
void modem_resync_await(modem *m, const modem_task *t);

/* True while it runs. */
static inline bool modem_resync_is_running(const modem_resync *r) {
  return r->step != 0;
}

/* Takes an event of its exchange. True when the channel is clean. */
bool modem_resync_handle(modem *m, const at_event *event);

/* When it is not worth waiting for any longer: the module has said nothing for so long.
 * It may go on all the same. */
int64_t modem_resync_deadline_ms(const modem *m);

/* Why a task cannot wait for it any longer. */
at_error modem_resync_error(const modem *m);

#endif
