/*
 * Final result codes: the lines that end a command. They are matched whole,
 * from one table; "OKAY.txt" is not OK, and "NO CARRIER lost" ends nothing.
 */
#ifndef BG96_AT_FINAL_H
#define BG96_AT_FINAL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  AT_FINAL_NONE, /* not a final result code */
  AT_FINAL_OK,
  AT_FINAL_CONNECT,   /* data mode begins behind this line */
  AT_FINAL_ERROR,     /* without a reason (AT+CMEE=0) */
  AT_FINAL_CME,       /* +CME ERROR: <err> */
  AT_FINAL_CMS,       /* +CMS ERROR: <err> */
  AT_FINAL_NO_CARRIER /* data mode could not be entered or was lost */
} at_final_type;

typedef struct {
  at_final_type type;
  int code;         /* of CME and CMS; -1 where the module wrote a text instead */
  const char *text; /* that text, inside the line; NULL where there is none */
  size_t text_len;
} at_final;

/* Reads a line. The type is AT_FINAL_NONE where it is no final result code. */
at_final at_final_parse(const char *line, size_t len);

/* Whether a line of which `len` bytes have come may become one, or is one. */
bool at_final_may_begin(const char *line, size_t len);

#endif
