/*
 * Lines of listings, sizes and times: names and facts lie inside the line and add up to
 * it, and dates are those of the C library.
 *
 * Input: a line.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ftp/listing.h"
#include "fuzz/input.h"

static bool lies_in(const char *text, size_t len, const char *line, size_t line_len) {
  return text >= line && len <= line_len && text + len <= line + line_len;
}

static void read_size(const char *text, size_t len) {
  int64_t size = -1;
  bool took = ftp_size_read(text, len, &size);
  char copy[64];
  if (len >= sizeof copy) return;
  memcpy(copy, text, len);
  copy[len] = '\0';
  bool is_number = len > 0 && strspn(copy, "0123456789") == len;
  errno = 0;
  long long wanted = is_number ? strtoll(copy, NULL, 10) : 0;
  FUZZ_CHECK(took == (is_number && errno == 0));
  if (took) FUZZ_CHECK(size == wanted);
}

/* The C library turns 31 February into a day of March, and so does the core. */
static void read_time(const char *text, size_t len) {
  int64_t seconds = 0;
  if (!ftp_time_read(text, len, &seconds)) return;
  char copy[15];
  struct tm parts = {0};
  FUZZ_CHECK(len >= 14);
  memcpy(copy, text, 14);
  copy[14] = '\0';
  FUZZ_CHECK(sscanf(copy, "%4d%2d%2d%2d%2d%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                    &parts.tm_hour, &parts.tm_min, &parts.tm_sec) == 6);
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  FUZZ_CHECK(seconds == (int64_t)timegm(&parts));
}

static void read_entry(const char *line, size_t len) {
  ftp_entry entry;
  ftp_fact fact;
  if (!ftp_entry_read(line, len, &entry)) return;
  FUZZ_CHECK(entry.facts == line && entry.name == line + entry.facts_len + 1);
  FUZZ_CHECK(entry.name_len > 0 && entry.name + entry.name_len == line + len);
  for (size_t count = 0; ftp_entry_take_fact(&entry, &fact); count++) {
    FUZZ_CHECK(count <= len && fact.name_len > 0);
    FUZZ_CHECK(lies_in(fact.name, fact.name_len, line, len));
    FUZZ_CHECK(lies_in(fact.value, fact.value_len, line, len));
    read_size(fact.value, fact.value_len);
    read_time(fact.value, fact.value_len);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *line = malloc(size ? size : 1);
  if (size > 0) memcpy(line, data, size);
  read_entry(line, size);
  read_size(line, size);
  read_time(line, size);
  free(line);
  return 0;
}
