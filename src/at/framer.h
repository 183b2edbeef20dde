/*
 * The framer cuts the bytes of the serial line into lines and payload spans.
 * It knows no command and no result code: what is a line and what is payload
 * it is told from above, because only the engine knows when CONNECT turns a
 * line-oriented channel into a transparent one (manual, 1.2).
 *
 * Feed it a span, then ask for tokens until AT_TOKEN_NONE: the span is then
 * used up and may be reused. A line is copied into the framer, as it may come
 * in chunks; payload is handed on where it lies.
 *
 * A line ends with LF, and with nothing else, so that the LF of "CONNECT" can
 * never be taken for the first payload byte. CRs before the LF are dropped,
 * blank lines are not reported.
 */
#ifndef BG96_AT_FRAMER_H
#define BG96_AT_FRAMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/trailer.h"

/* The longest line that is kept. The longest known: the echo of AT+QFTPRENAME
 * with two names of 255 bytes, and a QFTPCFG account of the same size. */
enum { AT_LINE_SIZE = 1024 };

typedef enum {
  AT_TOKEN_NONE,     /* the span is used up */
  AT_TOKEN_LINE,     /* a line that is not blank, without its end */
  AT_TOKEN_DATA,     /* payload, inside the span that was fed */
  AT_TOKEN_OVERLONG, /* a line of more than AT_LINE_SIZE bytes, dropped whole */
  AT_TOKEN_UNFRAMED  /* the payload was not followed by CR LF */
} at_token_type;

typedef struct {
  at_token_type type;
  const char *text; /* LINE: valid until the next call; DATA: inside the span */
  size_t len;       /* bytes of text */
} at_token;

typedef struct {
  const char *in;     /* what is left of the span */
  const char *in_end; /* its end */
  uint64_t data_left; /* payload bytes still to come, where that is known */
  uint8_t guard;      /* bytes of the CR LF behind the payload still to come */
  bool overlong;      /* the current line did not fit */
  at_trailer trailer; /* of a payload of unknown length */
  size_t line_len;
  char line[AT_LINE_SIZE];
} at_framer;

/* Makes `f` empty and line-oriented. */
void at_framer_init(at_framer *f);

/* Gives `len` bytes at `data`, which must stay where they are until
 * at_framer_next() has answered AT_TOKEN_NONE. The span before must be used up. */
void at_framer_feed(at_framer *f, const char *data, size_t len);

/* Takes the next token off the span. */
at_token at_framer_next(at_framer *f);

/* From here on `len` bytes are payload, and CR LF must follow them: a lost or
 * doubled byte anywhere in the payload shows there. Afterwards lines again. */
void at_framer_expect_data(at_framer *f, uint64_t len);

/* From here on all is payload up to a trailer with the result line of `prefix`,
 * which must outlive it. Whether at_trailer_is_complete() means the end is for
 * the caller to judge; at_framer_expect_lines() ends it. */
void at_framer_expect_trailer(at_framer *f, const char *prefix);

/* In the middle of a payload of known length, which "+++" may end early: CR LF
 * OK CR LF may be the end, and is then held back. When all of the payload comes
 * after all, what must follow it is checked as ever. */
void at_framer_expect_ok(at_framer *f);

/* Forgets payload still expected: lines again. One that has begun goes on, whoever was
 * waiting when it began: half of an unsolicited line would be taken for a reply. */
void at_framer_expect_lines(at_framer *f);

#endif
