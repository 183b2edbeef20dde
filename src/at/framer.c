#include "at/framer.h"

#include <string.h>

/* Empty lines before the module's own: one (manual, 1.2), or two where it is generous. */
enum { LEAD = 1, MOST_LEAD = 2 };

void at_framer_init(at_framer *f) {
  memset(f, 0, sizeof *f);
  f->lead = (at_lead){LEAD, LEAD};
}

void at_framer_feed(at_framer *f, const char *data, size_t len) {
  f->in = (at_span){data, data + len};
}

void at_framer_note_ok(at_framer *f) {
  f->lead.ok = f->before > 1 ? MOST_LEAD : LEAD;
}

static bool is_empty(const at_span *span) {
  return span->at == span->end;
}

bool at_framer_has_input(const at_framer *f) {
  return !is_empty(&f->in) || !is_empty(&f->words);
}

/* Where the next byte is from. */
static at_span *source(at_framer *f) {
  return is_empty(&f->words) ? &f->in : &f->words;
}

static void enter_payload(at_framer *f) {
  f->words = (at_span){NULL, NULL};
  f->in_payload = true;
  f->guard = 0;
}

void at_framer_expect_payload(at_framer *f, const char *words, const at_urc_table *urc,
                              uint64_t length) {
  at_payload_begin(&f->payload, words, urc, length, f->lead);
  enter_payload(f);
}

void at_framer_expect_rest(at_framer *f, const char *words, const at_urc_table *urc,
                           uint64_t length) {
  at_payload_resume(&f->payload, words, urc, length, f->lead);
  enter_payload(f);
}

void at_framer_end_payload(at_framer *f) {
  if (!f->in_payload) return;
  f->words = at_payload_held(&f->payload);
  f->in_payload = false;
  if (f->payload.left == 0) f->guard = 2;
}

void at_framer_expect_lines(at_framer *f) {
  at_framer_end_payload(f);
  f->guard = 0;
}

/* Checks the CR LF behind the payload. True when it was not there; the bytes
 * in its place are left to be read as a line. */
static bool guard_is_broken(at_framer *f) {
  for (at_span *from = source(f); f->guard > 0 && !is_empty(from); from = source(f)) {
    char wanted = f->guard == 2 ? '\r' : '\n';
    if (*from->at != wanted) {
      f->guard = 0;
      return true;
    }
    from->at++;
    f->guard--;
  }
  return false;
}

/* Adds bytes to the line, or makes its length that of one that did not fit. */
static void append(at_framer *f, const char *bytes, size_t len) {
  if (f->line_len > sizeof f->line || len > sizeof f->line - f->line_len) {
    f->line_len = AT_LINE_OVERLONG;
    return;
  }
  memcpy(f->line + f->line_len, bytes, len);
  f->line_len += len;
}

/* A line without the CRs before its LF; NONE for a blank one. */
static at_token trim(at_framer *f, const char *line, size_t len) {
  while (len > 0 && line[len - 1] == '\r') len--;
  if (len == 0) {
    f->blanks++;
    return (at_token){AT_TOKEN_NONE, NULL, 0};
  }
  if (f->blanks > 1) f->lead.line = MOST_LEAD;
  f->before = f->blanks;
  f->blanks = 0;
  return (at_token){AT_TOKEN_LINE, line, len};
}

/* The line that has come in parts ends. */
static at_token end_line(at_framer *f) {
  size_t len = f->line_len;
  f->line_len = 0;
  if (len == AT_LINE_OVERLONG) return (at_token){AT_TOKEN_OVERLONG, f->line, 0};
  return trim(f, f->line, len);
}

/* Takes what there is of a line, up to its LF if that has come. One that is whole is
 * handed on where it lies. */
static at_token take_part(at_framer *f, at_span *from) {
  const char *at = from->at;
  const char *lf = memchr(at, '\n', (size_t)(from->end - at));
  size_t len = (size_t)((lf ? lf : from->end) - at);
  from->at = lf ? lf + 1 : from->end;
  if (lf && f->line_len == 0 && len <= sizeof f->line) return trim(f, at, len);
  append(f, at, len);
  return lf ? end_line(f) : (at_token){AT_TOKEN_NONE, NULL, 0};
}

/* Every other line is blank. */
static void skip_blank_lines(at_framer *f, at_span *from) {
  const char *at = from->at;
  for (; from->end - at >= 2 && at[0] == '\r' && at[1] == '\n'; at += 2) f->blanks++;
  from->at = at;
}

static at_token take_line_from(at_framer *f, at_span *from) {
  while (!is_empty(from)) {
    if (f->line_len == 0) skip_blank_lines(f, from);
    at_token token = take_part(f, from);
    if (token.type != AT_TOKEN_NONE) return token;
  }
  return (at_token){AT_TOKEN_NONE, NULL, 0};
}

static at_token take_line(at_framer *f) {
  if (!is_empty(&f->words)) {
    at_token token = take_line_from(f, &f->words);
    if (token.type != AT_TOKEN_NONE) return token;
  }
  return take_line_from(f, &f->in);
}

/* Payload; NONE where there is none, or none any more. */
static at_token take_payload(at_framer *f) {
  at_span data;
  if (at_payload_take(&f->payload, &f->in, &data)) {
    return (at_token){AT_TOKEN_DATA, data.at, (size_t)(data.end - data.at)};
  }
  if (f->payload.left == 0) at_framer_end_payload(f);
  return (at_token){AT_TOKEN_NONE, NULL, 0};
}

at_token at_framer_next(at_framer *f) {
  if (f->in_payload) {
    at_token token = take_payload(f);
    if (token.type != AT_TOKEN_NONE || f->in_payload) return token;
  }
  if (f->guard > 0 && guard_is_broken(f)) return (at_token){AT_TOKEN_UNFRAMED, NULL, 0};
  return take_line(f);
}
