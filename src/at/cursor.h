/*
 * A typed cursor over one line from the module: takes the fields of
 * `+QFTPSIZE: 0,1000` or `+QIACT: 1,1,1,"10.7.157.1"` one after the other.
 * It reads inside the line and copies nothing; a take that fails leaves the
 * cursor where it was. A quote that never closes is a failed take, not a stall.
 */
#ifndef BG96_AT_CURSOR_H
#define BG96_AT_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  const char *at;
  const char *end;
  bool field_due; /* a comma was stepped over: there must be another field */
} at_cursor;

/* A cursor at the start of `len` bytes at `line`, which must outlive it. */
at_cursor at_cursor_open(const char *line, size_t len);

/* Steps over `prefix`, the colon behind it and spaces: for "+QFTPSIZE" over
 * "+QFTPSIZE: ". False where the line does not begin so. */
bool at_cursor_skip_prefix(at_cursor *c, const char *prefix);

/* Takes a decimal number without a sign, with the comma behind it if there is one.
 * False for anything else, also for a number beyond 63 bits. */
bool at_cursor_take_integer(at_cursor *c, int64_t *value);

/* Takes a hexadecimal number of either case and any padding, likewise. */
bool at_cursor_take_hex(at_cursor *c, uint64_t *value);

/* Takes a string, with the comma behind it: in quotes, or bare up to the next
 * comma or the end of the line. `text` points into the line. */
bool at_cursor_take_string(at_cursor *c, const char **text, size_t *len);

/* Takes all that is left, without quotes around it, as a path that may itself
 * hold quotes and commas. */
void at_cursor_take_rest(at_cursor *c, const char **text, size_t *len);

/* True when nothing is left, not even an empty field behind a comma. */
bool at_cursor_at_end(const at_cursor *c);

/* True where the line begins with `prefix`, whose length is then set. */
static inline bool at_line_begins_with(const char *line, size_t len, const char *prefix,
                                       size_t *prefix_len) {
  /* They mostly differ in their first bytes: cheaper than to measure the prefix first. */
  size_t i = 0;
  for (; prefix[i]; i++) {
    if (i == len || line[i] != prefix[i]) return false;
  }
  *prefix_len = i;
  return true;
}

/* True where the line begins with `prefix` and a colon, or is `prefix`. */
bool at_line_has_prefix(const char *line, size_t len, const char *prefix);

/*
 * Words: those that the replies to a command begin with, "+QFTPSIZE", or several
 * with semicolons between them, "+CSQ;+CREG". NULL and "" are none.
 */

/* True where the line has one of the words as its prefix. */
bool at_line_has_words(const char *line, size_t len, const char *words);

/* Steps over the one of the words that the line begins with, the colon and spaces. */
bool at_cursor_skip_words(at_cursor *c, const char *words);

/* True where a line of which `len` bytes are known may have one of the words. */
bool at_words_may_begin(const char *words, const char *line, size_t len);

#endif
