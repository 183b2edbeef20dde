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
 * then been read and dropped. A setting is made when OK has been heard of it. The
 * module may have restarted: flow control and DTR are set again as well.
 *
 * Where the module may run at another baud rate, it is looked for there, and where it is
 * to be raised to one, that is done (rates.h).
 */
#ifndef BG96_MODEM_RESYNC_H
#define BG96_MODEM_RESYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "at/engine.h"
#include "modem/rates.h"

typedef struct {
  at_engine *engine;
  int64_t now_ms;           /* of the call in progress */
  uint8_t step;             /* 0: it does not run */
  bool is_proof;            /* for the task that runs, not before one */
  bool is_short;            /* the proof switches the echo off again */
  bool is_found_missing;    /* the last answer was about the file of the proof */
  bool was_quiet;           /* when it began, the echo was off */
  bool escaped;             /* data mode may have been left */
  unsigned unanswered;      /* attempts in a row */
  unsigned refusals;        /* ERROR where only OK would do, in a row */
  unsigned unechoed;        /* rounds in which the proof was answered, and not echoed */
  unsigned unechoed_heard;  /* unechoed answers so far */
  unsigned unechoed_before; /* unechoed answers of the rounds before */
  unsigned connects;        /* CONNECT for older commands so far */
  unsigned due;             /* commands that may still be answered */
  uint8_t unset;            /* the setting of the line that was refused, or 0 */
  bool uses_flow;           /* AT+IFC=2,2 is part of it; kept from one to the next */
  bool uses_dtr;            /* AT&D1, too */
  modem_rates rates;        /* kept from one to the next */
  int64_t begun_ms;         /* when it began */
  int64_t awaited_ms;       /* since when `awaited_by` waits for it */
  const void *awaited_by;
  int64_t heard_ms;           /* when the module has answered last, or that wait began */
  int64_t sent_ms;            /* when the command was begun */
  uint32_t answer_ms;         /* how long the module has taken for one that was proven */
  uint32_t first_patience_ms; /* when it began, and at each other baud rate */
  uint32_t patience_ms;       /* how long an answer is waited for; kept from one to the next */
  uint64_t random;            /* state of the generator of proofs; never 0 */
} modem_resync;

/* Prepares it for the channel of `engine`, which stays where it is. `seed` should differ
 * from run to run. */
void modem_resync_init(modem_resync *r, at_engine *engine, uint64_t seed);

/* Begins, or begins anew. `is_proof`: nothing is in doubt but whether a payload has
 * ended. */
void modem_resync_start(modem_resync *r, bool is_proof, int64_t now_ms);

/* Gives it up, as nobody waits for it and the module says nothing: the next task begins
 * it again. */
void modem_resync_stop(modem_resync *r);

/* `task`, which may have been the one already, or nobody (NULL) waits for it. */
void modem_resync_await(modem_resync *r, const void *task, int64_t now_ms);

/* True while it runs. */
static inline bool modem_resync_is_running(const modem_resync *r) {
  return r->step != 0;
}

/* Takes an event of its exchange. True when the channel is clean. */
bool modem_resync_handle(modem_resync *r, const at_event *event, int64_t now_ms);

/* Whether flow control and DTR are set as the script wants them; if not, `why` says what was
 * refused. No payload may pass then. */
bool modem_resync_is_line_set(const modem_resync *r, at_error *why);

/* When it is not worth waiting for any longer: the module has said nothing for so long,
 * or will not echo. It may go on all the same. */
int64_t modem_resync_deadline_ms(const modem_resync *r);

/* How long the module takes for an answer, as far as is known. */
static inline uint32_t modem_resync_answer_ms(const modem_resync *r) {
  return r->answer_ms;
}

/* Why a task cannot wait for it any longer. */
at_error modem_resync_error(const modem_resync *r);

#endif
