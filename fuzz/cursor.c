/*
 * Everything that reads one line: the cursor, final result codes, results of FTP
 * commands, unsolicited lines, entries of UFS, and the masking of secrets; and
 * the builder, which writes one. Takes stay inside the line, a failed one moves
 * nothing, and numbers are those that the C library reads.
 *
 * Input: a list of takes, their number first, and the line.
 */
#include <errno.h>
#include <string.h>

#include "at/builder.h"
#include "at/cursor.h"
#include "at/final.h"
#include "at/framer.h"
#include "at/mask.h"
#include "ftp/result.h"
#include "fuzz/input.h"
#include "modem/ufs.h"
#include "modem/urc.h"

static bool lies_in(const char *text, size_t len, const char *line, size_t line_len) {
  return text >= line && len <= line_len && text + len <= line + line_len;
}

/* A number as strtoull() reads it, without a sign, where a comma or the end follows. */
static bool read_number(at_cursor c, int base, int64_t *value) {
  char digits[512];
  size_t len =
      (size_t)(c.end - c.at) < sizeof digits - 1 ? (size_t)(c.end - c.at) : sizeof digits - 1;
  memcpy(digits, c.at, len);
  digits[len] = '\0';
  const char *start = digits + strspn(digits, " ");
  const char *set = base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
  size_t count = strspn(start, set);
  const char *after = start + count + strspn(start + count, " ");
  if (count == 0 || (*after != ',' && after != digits + len)) return false;
  errno = 0;
  unsigned long long magnitude = strtoull(start, NULL, base);
  if (errno != 0 || (base == 10 && magnitude > INT64_MAX)) return false;
  *value = (int64_t)magnitude;
  return true;
}

static bool take_number(at_cursor *c, int base) {
  int64_t wanted = 0, got = 0;
  uint64_t hex = 0;
  bool fits = c->end - c->at < 500; /* what read_number() can hold */
  bool should = fits && read_number(*c, base, &wanted);
  bool took = base == 10 ? at_cursor_take_integer(c, &got) : at_cursor_take_hex(c, &hex);
  if (base == 16) got = (int64_t)hex;
  if (fits) FUZZ_CHECK(took == should && (!took || got == wanted));
  return took;
}

static bool take_string(at_cursor *c, const char *line, size_t len) {
  const char *text;
  size_t text_len;
  if (!at_cursor_take_string(c, &text, &text_len)) return false;
  FUZZ_CHECK(lies_in(text, text_len, line, len));
  return true;
}

static bool take(at_cursor *c, int how, const char *line, size_t len) {
  const char *text;
  size_t text_len;
  switch (how % 5) {
    case 0: return take_number(c, 10);
    case 1: return take_number(c, 16);
    case 2: return take_string(c, line, len);
    case 3: return at_cursor_skip_prefix(c, "+QFTPGET");
    default:
      at_cursor_take_rest(c, &text, &text_len);
      FUZZ_CHECK(lies_in(text, text_len, line, len) && at_cursor_at_end(c));
      return true;
  }
}

static void walk(fuzz_input *takes, const char *line, size_t len) {
  at_cursor c = at_cursor_open(line, len);
  while (takes->at < takes->end) {
    at_cursor before = c;
    bool took = take(&c, fuzz_take_byte(takes), line, len);
    FUZZ_CHECK(c.end == line + len && c.at >= before.at && c.at <= c.end);
    if (!took) FUZZ_CHECK(c.at == before.at);
  }
}

static void read_line(const char *line, size_t len) {
  at_error why;
  int cid = 0;
  int64_t size = 0;
  const char *name;
  size_t name_len;
  at_final final = at_final_parse(line, len);
  FUZZ_CHECK(final.code >= -1 && final.code <= 9999);
  if (final.text_len > 0) FUZZ_CHECK(lies_in(final.text, final.text_len, line, len));
  for (int id = 0; id < FTP_COMMAND_COUNT; id++) {
    ftp_result result = ftp_result_read(&ftp_commands[id], line, len);
    if (result.text_len > 0) FUZZ_CHECK(lies_in(result.text, result.text_len, line, len));
    if (result.error.kind == AT_ERROR_NONE) FUZZ_CHECK(result.number >= 0);
    if (result.error.kind == AT_ERROR_FTP) {
      FUZZ_CHECK(result.error.code >= 601 && result.error.code <= 631);
      FUZZ_CHECK(result.error.protocol >= 0 && result.error.protocol <= 999);
    }
  }
  if (modem_urc_read(line, len, &why, &cid) == MODEM_URC_CONTEXT_LOST) {
    FUZZ_CHECK(cid >= 1 && cid <= 16);
  }
  if (ufs_entry_read(line, len, &name, &name_len, &size)) {
    FUZZ_CHECK(lies_in(name, name_len, line, len) && size >= 0);
  }
}

static void mask(const char *line, size_t len) {
  char masked[AT_LINE_SIZE + 3];
  size_t masked_len = at_mask_secrets(line, len, masked, sizeof masked);
  FUZZ_CHECK(masked_len <= sizeof masked);
}

static void build(const char *text, size_t len) {
  char buffer[64];
  at_builder b = at_builder_open(buffer, sizeof buffer, "+QFTPSIZE");
  at_builder_add_string(&b, text, len);
  at_builder_add_integer(&b, (int64_t)len);
  if (b.failed) return;
  FUZZ_CHECK(at_text_find_forbidden(text, len) < 0 && b.len <= sizeof buffer);
  FUZZ_CHECK(!at_text_has_control(buffer, b.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, data + size};
  const char *takes, *bytes;
  size_t take_count = fuzz_take_bytes(&in, fuzz_take_byte(&in) % 32, &takes);
  size_t len = fuzz_take_bytes(&in, AT_LINE_SIZE, &bytes);
  char *line = malloc(len ? len : 1);
  memcpy(line, bytes, len);
  fuzz_input order = {(const uint8_t *)takes, (const uint8_t *)takes + take_count};
  walk(&order, line, len);
  read_line(line, len);
  mask(line, len);
  build(line, len);
  free(line);
  return 0;
}
