#include "at/trailer.h"

#include <string.h>

void at_trailer_begin(at_trailer *t, const char *prefix) {
  memset(t, 0, sizeof *t);
  t->prefix = prefix;
  t->is_active = true;
}

/* How far a text goes along with a pattern. */
typedef enum { MATCH_NONE, MATCH_PARTIAL, MATCH_WHOLE } match;

typedef struct {
  const char *at;
  const char *end;
  match state; /* WHOLE as long as everything has matched */
} matcher;

static void expect(matcher *m, const char *literal) {
  for (; *literal && m->state == MATCH_WHOLE; literal++) {
    if (m->at == m->end) {
      m->state = MATCH_PARTIAL;
    } else if (*m->at++ != *literal) {
      m->state = MATCH_NONE;
    }
  }
}

/* One digit at least; the value stays below 2^64, as its digits are few. */
static uint64_t expect_number(matcher *m) {
  uint64_t value = 0;
  const char *start = m->at;
  if (m->state != MATCH_WHOLE) return 0;
  while (m->at < m->end && *m->at >= '0' && *m->at <= '9' && m->at - start < 19) {
    value = value * 10 + (uint64_t)(*m->at++ - '0');
  }
  if (m->at == m->end) {
    m->state = MATCH_PARTIAL;
  } else if (m->at == start) {
    m->state = MATCH_NONE;
  }
  return value;
}

static match finish(const matcher *m) {
  if (m->state == MATCH_WHOLE && m->at != m->end) return MATCH_NONE;
  return m->state;
}

/* Any number of lines of printable characters, each between CR LF and CR LF. OK is
 * none of them: another trailer begins there. */
static void expect_lines(matcher *m) {
  while (m->state == MATCH_WHOLE && m->at < m->end) {
    expect(m, "\r\n");
    const char *line = m->at;
    while (m->at < m->end && *m->at >= ' ' && *m->at <= '~') m->at++;
    bool is_ok = m->at < m->end && m->at - line == 2 && line[0] == 'O' && line[1] == 'K';
    if (is_ok) m->state = MATCH_NONE;
    expect(m, "\r\n");
  }
}

static const char ok[] = "\r\nOK\r\n";
static const char before_result[] = "\r\nOK\r\n\r\n";

static match match_ok(const at_trailer *t) {
  matcher m = {t->held, t->held + t->held_len, MATCH_WHOLE};
  expect(&m, ok);
  return finish(&m);
}

/* OK and the result line; after a 0 the right count must follow. Leaves `m` behind
 * the line. */
static void expect_result(matcher *m, const at_trailer *t) {
  expect(m, before_result);
  expect(m, t->prefix);
  expect(m, ": ");
  uint64_t code = expect_number(m);
  expect(m, ",");
  uint64_t second = expect_number(m);
  expect(m, "\r\n");
  if (m->state == MATCH_WHOLE && code == 0 && second != t->count) m->state = MATCH_NONE;
}

static match match_result(const at_trailer *t) {
  matcher m = {t->held, t->held + t->held_len, MATCH_WHOLE};
  expect_result(&m, t);
  expect_lines(&m);
  return finish(&m);
}

static match match_no_carrier(const at_trailer *t) {
  matcher m = {t->held, t->held + t->held_len, MATCH_WHOLE};
  expect(&m, "\r\nNO CARRIER\r\n");
  return finish(&m);
}

static match match_cme_error(const at_trailer *t) {
  matcher m = {t->held, t->held + t->held_len, MATCH_WHOLE};
  expect(&m, "\r\n+CME ERROR: ");
  expect_number(&m);
  expect(&m, "\r\n");
  return finish(&m);
}

static match better_of(match a, match b) {
  return a > b ? a : b;
}

static match match_held(const at_trailer *t) {
  match success = t->prefix ? match_result(t) : match_ok(t);
  return better_of(success, better_of(match_no_carrier(t), match_cme_error(t)));
}

/* Hands on what is held, up to where another trailer might begin. */
static void release(at_trailer *t, const char **text, size_t *len) {
  const char *next = memchr(t->held + 1, '\r', t->held_len - 1);
  *len = next ? (size_t)(next - t->held) : t->held_len;
  *text = t->released;
  memcpy(t->released, t->held, *len);
  t->held_len -= *len;
  memmove(t->held, t->held + *len, t->held_len);
  t->count += *len;
}

/* Hands on what cannot begin a trailer; what can, is held from here on. */
static bool take_plain(at_trailer *t, const char **in, const char *end, const char **text,
                       size_t *len) {
  const char *start = *in;
  const char *cr = memchr(start, '\r', (size_t)(end - start));
  *in = cr ? cr + 1 : end;
  if (cr) t->held[t->held_len++] = '\r';
  *text = start;
  *len = (size_t)((cr ? cr : end) - start);
  t->count += *len;
  return *len > 0;
}

bool at_trailer_take(at_trailer *t, const char **in, const char *end, const char **text,
                     size_t *len) {
  for (;;) {
    if (t->held_len == 0) {
      if (*in == end) return false;
      if (take_plain(t, in, end, text, len)) return true;
      continue;
    }
    match state = match_held(t);
    bool has_more = *in < end;
    bool is_full = t->held_len == sizeof t->held;
    if (state == MATCH_NONE || (has_more && is_full)) {
      release(t, text, len);
      return true;
    }
    if (!has_more) return false;
    t->held[t->held_len++] = *(*in)++;
  }
}

bool at_trailer_is_complete(const at_trailer *t) {
  return t->held_len > 0 && match_held(t) == MATCH_WHOLE;
}

/* The length of the trailer up to the end of the line that tells the outcome. */
static size_t outcome_end(const at_trailer *t) {
  matcher m = {t->held, t->held + t->held_len, MATCH_WHOLE};
  if (!t->prefix || match_result(t) != MATCH_WHOLE) return t->held_len;
  expect_result(&m, t);
  return (size_t)(m.at - t->held);
}

size_t at_trailer_outcome(const at_trailer *t, const char **line) {
  bool is_result = t->prefix && match_result(t) == MATCH_WHOLE;
  size_t before = is_result ? sizeof before_result - 1 : 2;
  *line = t->held + before;
  return outcome_end(t) - before - 2; /* without its CR LF */
}

size_t at_trailer_rest(const at_trailer *t, const char **rest) {
  size_t end = outcome_end(t);
  *rest = t->held + end;
  return t->held_len - end;
}
