#include "at/mask.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where a line has secrets: after `mark`, all arguments but the first `open`. */
typedef struct {
  char mark[20]; /* in place: a pointer would take 32 bytes more */
  uint8_t open;
} secret_row;

/* Written without spaces, as those in the line are stepped over. */
static const secret_row secrets[] = {
    {"+QFTPCFG=\"account\",", 0},
    {"+QFTPCFG:\"account\",", 0},
    {"+QICSGP=", 3}, /* cid, type and APN of the write command may be seen */
    {"+QICSGP:", 1}, /* the answer has no cid */
    {"+CPIN=", 0},
    {"+CPWD=", 1},
    {"+CLCK=", 2},
    {"+QPINC=", 1},
    {"+CGAUTH=", 2},
    {"+CGAUTH:", 1},
};

static char fold(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Where the first `mark_len` bytes of `mark` end in the line that begins with them,
 * or NULL. */
static const char *skip_mark(const char *line, const char *end, const char *mark, size_t mark_len) {
  for (size_t i = 0; i < mark_len; line++) {
    if (line == end) return NULL;
    if (*line == ' ') continue;
    if (fold(*line) != fold(mark[i])) return NULL;
    i++;
  }
  return line;
}

/* Every comma counts, also one in quotes: a quote may have been lost on the line,
 * and hiding too much does no harm. */
static const char *skip_open_arguments(const char *at, const char *end, int open) {
  for (; at < end && open > 0; at++) {
    if (*at == ',') open--;
  }
  return at;
}

/* The first byte of the secret arguments that begin at `at`, or NULL. */
static const char *find_secret(const char *at, const char *end) {
  for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
    const char *arguments = skip_mark(at, end, secrets[i].mark, strlen(secrets[i].mark));
    if (arguments) return skip_open_arguments(arguments, end, secrets[i].open);
  }
  return NULL;
}

bool at_mask_concerns(const char *command, size_t len) {
  const char *end = command + len;
  for (const char *at = command; at < end; at++) {
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
      size_t name_len = strlen(secrets[i].mark) - 1; /* without what separates arguments */
      if (skip_mark(at, end, secrets[i].mark, name_len)) return true;
    }
  }
  return false;
}

bool at_mask_finds(const char *line, size_t len) {
  const char *end = line + len;
  for (const char *at = line; at < end; at++) {
    if (*at == '+' && find_secret(at, end)) return true;
  }
  return false;
}

size_t at_mask_secrets(const char *line, size_t len, char *masked, size_t size) {
  const char *end = line + len;
  const char *secret = NULL;
  for (const char *at = line; at < end && !secret; at++) {
    if (*at == '+') secret = find_secret(at, end);
  }
  bool hides = secret && secret < end;
  size_t shown = hides ? (size_t)(secret - line) : len;
  size_t stars = hides ? 3 : 0;
  if (shown > size - stars) shown = size - stars;
  memcpy(masked, line, shown);
  memcpy(masked + shown, "***", stars);
  return shown + stars;
}
