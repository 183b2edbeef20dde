#include "at/error.h"

#include <string.h>

static void copy_text(char *to, size_t size, const char *from) {
  size_t len = from ? strlen(from) : 0;
  if (len > size - 1) len = size - 1;
  if (len > 0) memcpy(to, from, len);
  to[len] = '\0';
}

at_error at_error_make(at_error_kind kind, const char *command, const char *detail) {
  at_error error = {.kind = kind, .code = -1};
  copy_text(error.command, sizeof error.command, command);
  copy_text(error.detail, sizeof error.detail, detail);
  return error;
}

const char *at_error_kind_name(at_error_kind kind) {
  static const char *const names[] = {
      [AT_ERROR_NONE] = "none",       [AT_ERROR_FTP] = "ftp",
      [AT_ERROR_CME] = "cme",         [AT_ERROR_PLAIN] = "error",
      [AT_ERROR_TIMEOUT] = "timeout", [AT_ERROR_PORT] = "port",
      [AT_ERROR_RESET] = "reset",     [AT_ERROR_PDP] = "pdp",
      [AT_ERROR_FRAMING] = "framing", [AT_ERROR_LOCAL] = "local",
      [AT_ERROR_VERIFY] = "verify",   [AT_ERROR_CANCELLED] = "cancelled",
      [AT_ERROR_CLOSED] = "closed",
  };
  return names[kind];
}

const char *at_error_reason_name(at_error_reason reason) {
  static const char *const names[] = {
      [AT_REASON_NONE] = NULL,
      [AT_REASON_NO_CARRIER] = "no carrier",
      [AT_REASON_NO_TURN] = "no turn",
      [AT_REASON_NO_ECHO] = "no echo",
      [AT_REASON_SESSION_ENDED] = "session ended",
      [AT_REASON_LOST] = "lost",
  };
  return names[reason];
}
