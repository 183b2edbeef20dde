/*
 * The framer cuts the bytes of the serial line into lines and payload spans.
 * It knows no command and no result code: what is a line and what is payload
 * it is told from above, because only the engine knows when CONNECT turns a
 * line-oriented channel into a transparent one (manual, 1.2).
 *
 * Feed it a span, then ask for tokens until AT_TOKEN_NONE: the span is then
 * used up and may be reused. Payload and whole lines are handed on where they lie; a
 * line that comes in parts is put together in the framer.
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

#include "at/payload.h"

/* The longest line that is kept. The longest known: the echo of AT+QFTPRENAME
 * with two names of 255 bytes, and a QFTPCFG account of the same size. */
enum { AT_LINE_SIZE = 1024, AT_LINE_OVERLONG = AT_LINE_SIZE + 1 };

typedef enum {
  AT_TOKEN_NONE,     /* the span is used up */
  AT_TOKEN_LINE,     /* a line that is not blank, without its end */
  AT_TOKEN_DATA,     /* payload, inside the span that was fed */
  AT_TOKEN_OVERLONG, /* a line of more than AT_LINE_SIZE bytes, dropped whole */
  AT_TOKEN_UNFRAMED  /* the payload was not followed by CR LF */
} at_token_type;

typedef struct {
  at_token_type type;
  const char *text; /* valid until the next call, as long as the span is */
  size_t len;       /* bytes of text */
} at_token;

typedef struct {
  at_span in;         /* what is left of the span */
  at_span words;      /* of the payload that has ended: read before the span */
  bool in_payload;    /* what comes is payload */
  uint8_t guard;      /* bytes of the CR LF behind the payload still to come */
  at_payload payload; /* the one that is being received, or was last */
  uint8_t blanks;     /* empty lines since the last line */
  uint8_t before;     /* empty lines before the last line */
  at_lead lead;       /* what stood before lines: a module has its habits */
  size_t line_len;    /* of a line that has come in part; AT_LINE_OVERLONG: it did not fit */
  char line[AT_LINE_SIZE];
} at_framer;

/* Makes `f` empty and line-oriented. */
void at_framer_init(at_framer *f);

/* Gives `len` bytes at `data`, which must stay where they are until
 * at_framer_next() has answered AT_TOKEN_NONE. The span before must be used up. */
void at_framer_feed(at_framer *f, const char *data, size_t len);

/* True while bytes that were given are not used up. */
bool at_framer_has_input(const at_framer *f);

/* Takes the next token. */
at_token at_framer_next(at_framer *f);

/* The last line was OK: what stood before it does so before the next one, too. */
void at_framer_note_ok(at_framer *f);

/* From here on `length` bytes are payload of the command that `words` names, or all
 * is where it is AT_PAYLOAD_ENDLESS; see at/payload.h. CR LF must follow a payload of
 * known length: a lost or doubled byte anywhere in it shows there. `words` and `urc`
 * must outlive the payload. */
void at_framer_expect_payload(at_framer *f, const char *words, const at_urc_table *urc,
                              uint64_t length);

/* The same where it is the rest of one that the module was asked to pause; see
 * at_payload_resume(). */
void at_framer_expect_rest(at_framer *f, const char *words, const at_urc_table *urc,
                           uint64_t length);

/* The payload has ended with the words that are held, if any: they are lines, and so
 * is what follows. */
void at_framer_end_payload(at_framer *f);

/* Forgets what was expected: all that follows are lines, and what is held, too. A line
 * that has begun goes on, whoever was waiting when it began: half of an unsolicited line
 * would be taken for a reply. */
void at_framer_expect_lines(at_framer *f);

#endif
