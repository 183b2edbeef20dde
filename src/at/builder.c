#include "at/builder.h"

#include <string.h>

static void append(at_builder *b, const char *text, size_t len) {
  if (b->failed || len > b->size - b->len) {
    b->failed = true;
    return;
  }
  memcpy(b->text + b->len, text, len);
  b->len += len;
}

at_builder at_builder_open(char *buffer, size_t size, const char *word) {
  at_builder b = {buffer, size, 0, false, false};
  append(&b, "AT", 2);
  append(&b, word, strlen(word));
  return b;
}

int at_text_find_forbidden(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte < ' ' || byte == 0x7f || byte == '"') return byte;
  }
  return -1;
}

bool at_text_has_control(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte < ' ' || byte == 0x7f) return true;
  }
  return false;
}

void at_builder_add_raw(at_builder *b, const char *text, size_t len) {
  if (at_text_has_control(text, len)) b->failed = true;
  append(b, text, len);
}

void at_builder_add_control(at_builder *b, char character) {
  append(b, &character, 1);
}

static void begin_argument(at_builder *b) {
  append(b, b->has_args ? "," : "=", 1);
  b->has_args = true;
}

void at_builder_add_string(at_builder *b, const char *text, size_t len) {
  if (at_text_find_forbidden(text, len) >= 0) b->failed = true;
  begin_argument(b);
  append(b, "\"", 1);
  append(b, text, len);
  append(b, "\"", 1);
}

void at_builder_add_literal(at_builder *b, const char *text) {
  at_builder_add_string(b, text, strlen(text));
}

void at_builder_add_integer(at_builder *b, int64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  begin_argument(b);
  if (value < 0) append(b, "-", 1);
  append(b, digits + at, sizeof digits - at);
}
