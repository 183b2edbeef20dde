/*
 * Finds the end of a payload whose length nobody knows: a listing, or a file on
 * a server without SIZE. It ends with
 *
 *   CR LF OK CR LF CR LF +QFTPLIST: 0,<n> CR LF
 *
 * where n must be the number of bytes before it, or with a line that says why it
 * failed. Such bytes may be payload as well: so they are held back, not
 * dropped, and handed on when more comes behind them. That nothing more comes,
 * and that the module is in command mode, is for others to find out.
 *
 * Behind the result line the module may say what it has kept to itself meanwhile:
 * unsolicited lines are held as well, and are for others to judge.
 *
 * A payload that was interrupted by "+++" ends with CR LF OK CR LF alone; that is
 * the trailer where no prefix is given.
 *
 * Only what follows a CR is looked at byte by byte; the rest is handed on where
 * it lies.
 */
#ifndef BG96_AT_TRAILER_H
#define BG96_AT_TRAILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest trailer, with numbers of 20 digits, and some lines behind it. */
enum { AT_TRAILER_SIZE = 256 };

typedef struct {
  const char *prefix; /* "+QFTPLIST"; NULL for OK alone */
  bool is_active;     /* a payload with a trailer is expected */
  uint64_t count;     /* payload bytes handed on */
  size_t held_len;
  char held[AT_TRAILER_SIZE];     /* may be the trailer, or a part of it */
  char released[AT_TRAILER_SIZE]; /* was held, and is payload after all */
} at_trailer;

/* Begins: what comes is payload until the trailer of `prefix`, which must
 * outlive it, or until OK alone where it is NULL. */
void at_trailer_begin(at_trailer *t, const char *prefix);

/* Takes bytes from `in` on, which is moved on, up to `end`. True: `text` is
 * payload, valid until the next call. False: all bytes are used up. */
bool at_trailer_take(at_trailer *t, const char **in, const char *end, const char **text,
                     size_t *len);

/* True while what is held is a whole trailer that fits. */
bool at_trailer_is_complete(const at_trailer *t);

/* The line of a whole trailer that tells the outcome: the result line, OK, NO
 * CARRIER, or +CME ERROR. Returns its length. */
size_t at_trailer_outcome(const at_trailer *t, const char **line);

/* The whole lines that stand behind that, each between CR LF and CR LF. Returns
 * their length; they stay where they are until the next at_trailer_begin(). */
size_t at_trailer_rest(const at_trailer *t, const char **rest);

#endif
