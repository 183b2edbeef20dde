/*
 * A payload from the module, and the words that may end it.
 *
 * Where the length is known, that many bytes are payload, and the module's words
 * follow. Where it is not, as in a listing, the payload ends with
 *
 *   CR LF OK CR LF [CR LF] +QFTPLIST: 0,<n> CR LF
 *
 * where n must be the number of bytes before it. Either may end early, with a
 * result that says why, with NO CARRIER, +CME ERROR, or with an unsolicited line
 * that tells of a lost context or a restart. Between these lines and around them
 * there may be unsolicited lines, and blanks and empty lines come and go.
 *
 * Such bytes may be payload as well. So they are held back, neither handed on
 * nor dropped, until other bytes behind them show that they were payload, or
 * silence behind them shows that they were words. How long that silence must be
 * is for the engine to say: it then calls at_framer_end_payload(), and what is
 * held is read as lines.
 *
 * Only what follows a CR is looked at byte by byte. All other payload is handed on
 * where it lies.
 */
#ifndef BG96_AT_PAYLOAD_H
#define BG96_AT_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/urc.h"

/* Room for the words and for some twenty unsolicited lines around them. */
enum { AT_PAYLOAD_HELD_SIZE = 512 };

#define AT_PAYLOAD_ENDLESS UINT64_MAX /* a length that nobody knows */

/* What the held lines say. */
typedef enum {
  AT_ENDING_NONE,   /* nothing is held */
  AT_ENDING_LINES,  /* unsolicited lines alone, or the beginning of a line */
  AT_ENDING_OK,     /* OK, and nothing but unsolicited lines behind it */
  AT_ENDING_RESULT, /* the result line: an error, or OK and the number of bytes before it */
  AT_ENDING_LOST    /* NO CARRIER, +CME ERROR, a lost context, a restart */
} at_ending;

typedef struct {
  const char *at;
  const char *end;
} at_span;

/* Empty lines that a module says before others. Behind a payload its first line is mostly OK, and
 * before that some say fewer: those beyond are payload. */
typedef struct {
  uint8_t line; /* the most before any line */
  uint8_t ok;   /* before OK */
} at_lead;

typedef struct {
  const char *words;       /* of the command whose payload it is, such as "+QFTPLIST" */
  const at_urc_table *urc; /* what is unsolicited */
  uint64_t left;           /* bytes that are to be handed on; AT_PAYLOAD_ENDLESS */
  uint64_t count;          /* bytes handed on */
  at_ending ending;        /* of what is held */
  uint64_t torn_at;        /* there lines that were held have been told; AT_PAYLOAD_ENDLESS */
  at_lead lead;            /* what the module says before words */
  size_t spare_blanks;     /* held before the words beyond that: payload, where these are the end */
  size_t ok_at;            /* where in `held` an OK is, behind which nothing tells an end; or 0 */
  size_t kept;             /* bytes that go on with the payload, if it is resumed */
  bool holds_lines;        /* whole lines are held */
  bool is_pushed;          /* what was handed on last has made room for more lines */
  bool has_lookalikes;     /* lines that were held have turned out to be payload */
  bool is_guessed;         /* some that were kept may have been the module's all the same */
  uint64_t doubtful_at;    /* words from here on, for some KiB, may be payload; 0: nowhere */
  size_t held_at;          /* where the held bytes begin */
  size_t held_end;
  char held[AT_PAYLOAD_HELD_SIZE];
} at_payload;

/* Begins a payload of `length` bytes of the command that `words` names (see
 * at_exchange), of a module that says `lead` empty lines before others. `words` and `urc`
 * must outlive it. */
void at_payload_begin(at_payload *p, const char *words, const at_urc_table *urc, uint64_t length,
                      at_lead lead);

/* The same where the module goes on with a payload that it was asked to pause: what
 * at_payload_keep() has kept comes first, and is part of `length`. */
void at_payload_resume(at_payload *p, const char *words, const at_urc_table *urc, uint64_t length,
                       at_lead lead);

/* Takes bytes off `in`. True: `data` is payload, valid until the next call. False:
 * all of `in` is used up, or `left` is 0: the payload is over. */
bool at_payload_take(at_payload *p, at_span *in, at_span *data);

/* True where words that are held were taken for an end before, and perhaps wrongly so. */
bool at_payload_is_doubtful(const at_payload *p);

/* Where the module was asked to pause: true where what is held can be a payload with lines of
 * a module's in it, and the OK with which the module has paused. Such lines have been in it
 * before. */
bool at_payload_is_paused(const at_payload *p);

/* Keeps what is held before that OK for the rest of the payload. */
void at_payload_keep(at_payload *p);

/* True where what was handed on last was held, and had to go as there was no room for more of
 * what may be the module's: it may be the module that says it. */
bool at_payload_is_pushed(const at_payload *p);

/* True where a payload has gone on behind lines that were taken off it. */
bool at_payload_is_torn(const at_payload *p);

/* What is held: the words that ended the payload, or what has come behind all of it. */
at_span at_payload_held(const at_payload *p);

/* Where what is held is the end: takes the empty lines before it which are payload. A
 * payload may end with some, and then the module says its own. */
bool at_payload_take_blanks(at_payload *p, at_span *data);

/* Where so many unsolicited lines are held that there is little room for more: takes the
 * first one off. Where payload follows all the same, it was some, and the payload is torn. */
bool at_payload_take_urc(at_payload *p, at_span *line);

#endif
