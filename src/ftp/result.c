#include "ftp/result.h"

#include "at/cursor.h"

static void set_failure(ftp_result *r, const ftp_command *command, int64_t code, at_cursor *c) {
  int64_t protocol = 0;
  at_cursor_take_integer(c, &protocol);
  r->error = at_error_make(AT_ERROR_FTP, command->word, NULL);
  r->error.code = (int)code;
  if (protocol >= 100 && protocol <= 599) r->error.protocol = (int)protocol;
}

static void set_framing(ftp_result *r, const ftp_command *command) {
  r->error = at_error_make(AT_ERROR_FRAMING, command->word, "a result line that makes no sense");
}

/* Section 3.4 shows "+QFTPSIZE: 1000", without the 0 for success. */
static bool is_number_alone(const ftp_command *command, const at_cursor *c) {
  return command->result == FTP_RESULT_NUMBER && at_cursor_at_end(c);
}

static bool take_value(ftp_result *r, const ftp_command *command, at_cursor *c) {
  switch (command->result) {
    case FTP_RESULT_NUMBER: return at_cursor_take_integer(c, &r->number) && at_cursor_at_end(c);
    case FTP_RESULT_TEXT: at_cursor_take_rest(c, &r->text, &r->text_len); return true;
    default: return true;
  }
}

ftp_result ftp_result_read(const ftp_command *command, const char *line, size_t len) {
  ftp_result r = {.error = {.kind = AT_ERROR_NONE, .code = -1}};
  at_cursor c = at_cursor_open(line, len);
  int64_t code;
  if (!at_cursor_skip_prefix(&c, command->word) || !at_cursor_take_integer(&c, &code)) {
    set_framing(&r, command);
  } else if (is_number_alone(command, &c)) {
    r.number = code;
  } else if (code >= 601 && code <= 631) {
    set_failure(&r, command, code, &c);
  } else if (code != 0 || !take_value(&r, command, &c)) {
    set_framing(&r, command);
  }
  return r;
}
