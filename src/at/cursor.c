#include "at/cursor.h"

#include <string.h>

at_cursor at_cursor_open(const char *line, size_t len) {
  return (at_cursor){line, line + len, false};
}

static void skip_spaces(at_cursor *c) {
  while (c->at < c->end && *c->at == ' ') c->at++;
}

/* A field ends at a comma, which is stepped over, or at the end of the line. */
static bool end_field(at_cursor *c) {
  skip_spaces(c);
  c->field_due = c->at < c->end;
  if (c->at == c->end) return true;
  if (*c->at != ',') return false;
  c->at++;
  return true;
}

bool at_cursor_skip_prefix(at_cursor *c, const char *prefix) {
  size_t line_len = (size_t)(c->end - c->at);
  size_t len;
  if (!at_line_begins_with(c->at, line_len, prefix, &len)) return false;
  if (len == line_len || c->at[len] != ':') return false;
  c->at += len + 1;
  skip_spaces(c);
  return true;
}

static int digit_of(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return 16;
}

/* Reads digits of `base` up to `limit`. False without digits or beyond it. */
static bool take_digits(at_cursor *c, unsigned base, uint64_t limit, uint64_t *value) {
  const char *start = c->at;
  uint64_t sum = 0;
  for (; c->at < c->end; c->at++) {
    unsigned digit = (unsigned)digit_of(*c->at);
    if (digit >= base) break;
    if (sum > (limit - digit) / base) return false;
    sum = sum * base + digit;
  }
  *value = sum;
  return c->at > start;
}

bool at_cursor_take_integer(at_cursor *c, int64_t *value) {
  at_cursor probe = *c;
  uint64_t magnitude;
  skip_spaces(&probe);
  if (!take_digits(&probe, 10, INT64_MAX, &magnitude) || !end_field(&probe)) return false;
  *value = (int64_t)magnitude;
  *c = probe;
  return true;
}

bool at_cursor_take_hex(at_cursor *c, uint64_t *value) {
  at_cursor probe = *c;
  skip_spaces(&probe);
  if (!take_digits(&probe, 16, UINT64_MAX, value) || !end_field(&probe)) return false;
  *c = probe;
  return true;
}

static bool take_quoted(at_cursor *c, const char **text, size_t *len) {
  const char *start = c->at + 1;
  const char *quote = memchr(start, '"', (size_t)(c->end - start));
  if (!quote) return false;
  *text = start;
  *len = (size_t)(quote - start);
  c->at = quote + 1;
  return true;
}

static void take_bare(at_cursor *c, const char **text, size_t *len) {
  const char *comma = memchr(c->at, ',', (size_t)(c->end - c->at));
  *text = c->at;
  c->at = comma ? comma : c->end;
  *len = (size_t)(c->at - *text);
}

bool at_cursor_take_string(at_cursor *c, const char **text, size_t *len) {
  at_cursor probe = *c;
  skip_spaces(&probe);
  if (probe.at == probe.end) return false;
  if (*probe.at != '"') {
    take_bare(&probe, text, len);
  } else if (!take_quoted(&probe, text, len)) {
    return false;
  }
  if (!end_field(&probe)) return false;
  *c = probe;
  return true;
}

void at_cursor_take_rest(at_cursor *c, const char **text, size_t *len) {
  skip_spaces(c);
  const char *start = c->at;
  const char *end = c->end;
  const char *last = end;
  while (last > start && last[-1] == ' ') last--;
  if (last - start >= 2 && *start == '"' && last[-1] == '"') {
    start++;
    end = last - 1;
  }
  *text = start;
  *len = (size_t)(end - start);
  c->at = c->end;
  c->field_due = false;
}

bool at_cursor_at_end(const at_cursor *c) {
  return c->at == c->end && !c->field_due;
}

bool at_line_has_prefix(const char *line, size_t len, const char *prefix) {
  size_t prefix_len;
  if (!at_line_begins_with(line, len, prefix, &prefix_len)) return false;
  return len == prefix_len || line[prefix_len] == ':';
}

/* Where the word at `words` ends. */
static size_t word_length(const char *words) {
  return strcspn(words, ";");
}

/* The next of the words, or NULL. */
static const char *next_word(const char *word) {
  word += word_length(word);
  return *word == ';' ? word + 1 : NULL;
}

static bool line_has_word(const char *line, size_t len, const char *word) {
  size_t i = 0;
  while (i < len && line[i] == word[i] && word[i]) i++;
  return i > 0 && (word[i] == '\0' || word[i] == ';') && (i == len || line[i] == ':');
}

bool at_line_has_words(const char *line, size_t len, const char *words) {
  for (const char *word = words; word; word = next_word(word)) {
    if (line_has_word(line, len, word)) return true;
  }
  return false;
}

bool at_cursor_skip_words(at_cursor *c, const char *words) {
  for (const char *word = words; word; word = next_word(word)) {
    size_t line_len = (size_t)(c->end - c->at);
    size_t len = word_length(word);
    if (!line_has_word(c->at, line_len, word) || len == line_len) continue;
    c->at += len + 1;
    skip_spaces(c);
    return true;
  }
  return false;
}

static bool word_may_begin(const char *word, const char *line, size_t len) {
  size_t word_len = word_length(word);
  if (word_len == 0) return false;
  if (len <= word_len) return memcmp(line, word, len) == 0;
  return memcmp(line, word, word_len) == 0 && (line[word_len] == ':' || line[word_len] == '\r');
}

bool at_words_may_begin(const char *words, const char *line, size_t len) {
  for (const char *word = words; word; word = next_word(word)) {
    if (word_may_begin(word, line, len)) return true;
  }
  return false;
}
