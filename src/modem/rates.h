/*
 * The baud rates of a modem: those that its module may be found at, and the one that it is
 * to be raised to by AT+IPR, which a restart may take back. resync.c sends the command and
 * proves the change by an echo; where that fails, the rate before holds again.
 */
#ifndef BG96_MODEM_RATES_H
#define BG96_MODEM_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/engine.h"

enum { MODEM_RATES_MAX = 10 };

typedef enum {
  MODEM_RATE_UNTRIED, /* or proven */
  MODEM_RATE_REFUSED, /* the module answered AT+IPR with an error */
  MODEM_RATE_SILENT   /* it did not answer, or not at the new rate */
} modem_rate_failure;

typedef struct {
  at_engine *engine;               /* knows the rate of the line */
  uint32_t known[MODEM_RATES_MAX]; /* where the module may be found */
  unsigned count;
  uint32_t wanted; /* what it is to be raised to; 0: nothing */
  uint32_t before; /* while `wanted` is tried: where it has answered; else 0 */
  modem_rate_failure failure;
} modem_rates;

/* Only the rate of `engine` is known. */
void modem_rates_init(modem_rates *r, at_engine *engine);

/* One more place to look for the module. Returns false where no more fit. */
bool modem_rates_add(modem_rates *r, uint32_t rate);

/* The module is to be raised to `rate` by the next resync, and by those behind a restart;
 * 0: it stays where it is. What has failed before is tried again. */
void modem_rates_want(modem_rates *r, uint32_t rate);

/* Forgets that it has failed: the module has restarted. */
void modem_rates_try_again(modem_rates *r);

/* The line runs at the next rate at which the module may be. */
void modem_rates_look_elsewhere(modem_rates *r);

/* True where AT+IPR is to be sent. */
bool modem_rates_must_raise(const modem_rates *r);

/* The module has said OK to AT+IPR: the line follows. */
void modem_rates_follow(modem_rates *r);

static inline bool modem_rates_is_trying(const modem_rates *r) {
  return r->before != 0;
}

/* The module does not answer at the new rate: the line goes back. */
void modem_rates_go_back(modem_rates *r);

/* The module has proven that it is at the rate of the line. */
void modem_rates_settle(modem_rates *r);

#endif
