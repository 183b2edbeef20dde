#include "at/framer.h"

#include <string.h>

void at_framer_init(at_framer *f) {
  memset(f, 0, sizeof *f);
}

void at_framer_feed(at_framer *f, const char *data, size_t len) {
  f->in = data;
  f->in_end = data + len;
}

void at_framer_expect_data(at_framer *f, uint64_t len) {
  at_framer_expect_lines(f);
  f->data_left = len;
  f->guard = 2;
}

void at_framer_expect_trailer(at_framer *f, const char *prefix) {
  at_framer_expect_lines(f);
  at_trailer_begin(&f->trailer, prefix);
}

void at_framer_expect_ok(at_framer *f) {
  at_trailer_begin(&f->trailer, NULL);
}

void at_framer_expect_lines(at_framer *f) {
  f->trailer.is_active = false;
  f->data_left = 0;
  f->guard = 0;
}

static at_token take_data(at_framer *f) {
  size_t available = (size_t)(f->in_end - f->in);
  size_t len = f->data_left < available ? (size_t)f->data_left : available;
  at_token token = {AT_TOKEN_DATA, f->in, len};
  f->in += len;
  f->data_left -= len;
  return token;
}

/* Checks the CR LF behind the payload. True when it was not there; the bytes
 * in its place are left to be read as a line. */
static bool guard_is_broken(at_framer *f) {
  while (f->guard > 0 && f->in < f->in_end) {
    char wanted = f->guard == 2 ? '\r' : '\n';
    if (*f->in != wanted) {
      f->guard = 0;
      return true;
    }
    f->in++;
    f->guard--;
  }
  return false;
}

/* Adds bytes to the line, or remembers that it has become too long. */
static void append(at_framer *f, const char *bytes, size_t len) {
  if (f->overlong || len > sizeof f->line - f->line_len) {
    f->overlong = true;
    return;
  }
  memcpy(f->line + f->line_len, bytes, len);
  f->line_len += len;
}

/* Ends the line at its LF. A blank one gives AT_TOKEN_NONE. */
static at_token end_line(at_framer *f) {
  at_token token = {AT_TOKEN_OVERLONG, f->line, 0};
  if (!f->overlong) {
    while (f->line_len > 0 && f->line[f->line_len - 1] == '\r') f->line_len--;
    token.len = f->line_len;
    token.type = token.len > 0 ? AT_TOKEN_LINE : AT_TOKEN_NONE;
  }
  f->overlong = false;
  f->line_len = 0;
  return token;
}

/* Steps over a blank line, as every other one is. */
static bool skip_blank_line(at_framer *f) {
  if (f->line_len > 0 || f->overlong || f->in_end - f->in < 2) return false;
  if (f->in[0] != '\r' || f->in[1] != '\n') return false;
  f->in += 2;
  return true;
}

static at_token take_line(at_framer *f) {
  while (f->in < f->in_end) {
    if (skip_blank_line(f)) continue;
    size_t available = (size_t)(f->in_end - f->in);
    const char *lf = memchr(f->in, '\n', available);
    append(f, f->in, lf ? (size_t)(lf - f->in) : available);
    f->in = lf ? lf + 1 : f->in_end;
    if (lf) {
      at_token token = end_line(f);
      if (token.type != AT_TOKEN_NONE) return token;
    }
  }
  return (at_token){AT_TOKEN_NONE, NULL, 0};
}

/* The payload has come to its end while an OK was looked for. What is held just
 * then is CR LF at most, as a CR stands there only at the start of a trailer and
 * right before its end: it is the beginning of what follows the payload. */
static void leave_trailer(at_framer *f) {
  size_t held = f->trailer.held_len;
  f->trailer.is_active = false;
  f->guard = held >= 2 ? 0 : (uint8_t)(2 - held);
}

static at_token take_until_trailer(at_framer *f) {
  at_token token = {AT_TOKEN_DATA, NULL, 0};
  if (!at_trailer_take(&f->trailer, &f->in, f->in_end, &token.text, &token.len)) {
    token.type = AT_TOKEN_NONE;
  } else if (!f->trailer.prefix) {
    if (token.len > f->data_left) token.type = AT_TOKEN_UNFRAMED;
    f->data_left -= token.len > f->data_left ? f->data_left : token.len;
    if (f->data_left == 0) leave_trailer(f);
  }
  return token;
}

at_token at_framer_next(at_framer *f) {
  if (f->trailer.is_active) return take_until_trailer(f);
  if (f->data_left > 0) {
    if (f->in == f->in_end) return (at_token){AT_TOKEN_NONE, NULL, 0};
    return take_data(f);
  }
  if (guard_is_broken(f)) return (at_token){AT_TOKEN_UNFRAMED, f->in, 0};
  return take_line(f);
}
