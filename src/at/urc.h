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

/* True where a line of which `len` bytes are known may be such a line. */
bool at_urc_may_match(const at_urc_table *t, const char *line, size_t len);

/* True for a line that tells of the end of whatever was going on: a restart, a power
 * down, a lost PDP context, a closed FTP session. No payload goes on behind it. */
bool at_urc_ends_data(const char *line, size_t len);

/* True for a line of the shape of an unsolicited one, "+WORD: ..." or "^WORD: ...",
 * whatever its word. */
bool at_urc_has_shape(const char *line, size_t len);

/* True where a line of which `len` bytes are known may have that shape. */
bool at_urc_may_have_shape(const char *line, size_t len);

#endif
