/*
 * Numbers that nobody can guess from the outside: good enough to be unknown to a file
 * that was written before.
 */
#ifndef BG96_MODEM_RANDOM_H
#define BG96_MODEM_RANDOM_H

#include <stdint.h>

/* The next number. `state` must not be 0. */
uint64_t modem_random_next(uint64_t *state);

#endif
