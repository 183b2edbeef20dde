/*
 * Unsolicited result codes: which lines come unasked, because the module says
 * so by itself at any time, or because the script subscribed to them.
 */
#ifndef BG96_AT_URC_H
#define BG96_AT_URC_H

#include <stdbool.h>
#include <stddef.h>

enum {
  AT_URC_COUNT = 16, /* prefixes that can be subscribed to */
  AT_URC_SIZE = 24   /* bytes of such a prefix, with the NUL behind it */
};

typedef struct {
  char prefixes[AT_URC_COUNT][AT_URC_SIZE]; /* "" is a free place */
} at_urc_table;

/* Lines that begin with `prefix` are unsolicited from now on. False when all
 * places are taken, or where it is empty or too long; twice is once. */
bool at_urc_subscribe(at_urc_table *t, const char *prefix, size_t len);

/* Takes that back; an unknown prefix is ignored. */
void at_urc_unsubscribe(at_urc_table *t, const char *prefix, size_t len);

/* True for a line that is subscribed to, or that a module is known to say by
 * itself. */
bool at_urc_matches(const at_urc_table *t, const char *line, size_t len);

#endif
