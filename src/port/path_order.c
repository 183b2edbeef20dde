#include "port/path_order.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static size_t stem_length(const char *path) {
  size_t length = strlen(path);
  while (length > 0 && path[length - 1] >= '0' && path[length - 1] <= '9') length--;
  return length;
}

int path_order(const char *a, const char *b) {
  size_t stem_a = stem_length(a);
  size_t stem_b = stem_length(b);
  bool same_stem = stem_a == stem_b && memcmp(a, b, stem_a) == 0;
  size_t length_a = strlen(a);
  size_t length_b = strlen(b);
  if (same_stem && length_a != length_b) return length_a < length_b ? -1 : 1;
  return strcmp(a, b);
}
