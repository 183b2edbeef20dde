#include "modem/urc.h"

#include <stdint.h>
#include <string.h>

#include "at/cursor.h"

static bool is_boot_line(const char *line, size_t len) {
  static const char *const lines[] = {"RDY", "POWERED DOWN", "NORMAL POWER DOWN", "PSM POWER DOWN"};
  size_t boot_len = 0;
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    if (at_line_begins_with(line, len, lines[i], &boot_len) && len == boot_len) return true;
  }
  return false;
}

static modem_urc read_session_lost(at_cursor *c, at_error *why) {
  int64_t code = 0, protocol = 0;
  if (!at_cursor_take_integer(c, &code) || code == 0) return MODEM_URC_OTHER;
  at_cursor_take_integer(c, &protocol);
  *why = at_error_make(AT_ERROR_FTP, "", "the module closed the FTP session by itself");
  why->code = code >= 601 && code <= 631 ? (int)code : 606;
  why->protocol = protocol >= 100 && protocol <= 599 ? (int)protocol : 0;
  return MODEM_URC_SESSION_LOST;
}

static modem_urc read_context_lost(at_cursor *c, at_error *why, int *cid) {
  const char *event;
  size_t len;
  int64_t number = 0;
  if (!at_cursor_take_string(c, &event, &len)) return MODEM_URC_OTHER;
  if (len != 8 || memcmp(event, "pdpdeact", 8) != 0) return MODEM_URC_OTHER;
  if (!at_cursor_take_integer(c, &number) || number < 1 || number > 16) return MODEM_URC_OTHER;
  *cid = (int)number;
  *why = at_error_make(AT_ERROR_PDP, "", "the network deactivated the PDP context");
  return MODEM_URC_CONTEXT_LOST;
}

modem_urc modem_urc_read(const char *line, size_t len, at_error *why, int *cid) {
  at_cursor c = at_cursor_open(line, len);
  if (is_boot_line(line, len)) {
    *why = at_error_make(AT_ERROR_RESET, "", "the module restarted");
    return MODEM_URC_RESTARTED;
  }
  if (at_cursor_skip_prefix(&c, "+QFTPCLOSE")) return read_session_lost(&c, why);
  if (at_cursor_skip_prefix(&c, "+QIURC")) return read_context_lost(&c, why, cid);
  return MODEM_URC_OTHER;
}
