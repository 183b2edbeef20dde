#include "ftp/exchange.h"

at_builder ftp_command_open(modem *m, ftp_command_id id) {
  return at_engine_command(&m->engine, ftp_commands[id].word);
}

static at_shape shape_of(const ftp_command *command, const ftp_timeouts *timeouts) {
  if (timeouts->silence_ms > 0) return AT_SHAPE_DATA;
  if (command->result == FTP_RESULT_NONE) return AT_SHAPE_REPLIES;
  return command->result_before_ok ? AT_SHAPE_EITHER : AT_SHAPE_RESULT;
}

void ftp_command_begin(modem *m, modem_task *t, ftp_command_id id, const at_builder *b,
                       ftp_timeouts timeouts) {
  const ftp_command *command = &ftp_commands[id];
  at_exchange how = {
      .shape = shape_of(command, &timeouts),
      .words = command->word,
      .timeout_ms = timeouts.final_ms,
      .result_timeout_ms = command->result == FTP_RESULT_NONE ? 0 : timeouts.result_ms,
      .silence_ms = timeouts.silence_ms,
      .confirm_ms = timeouts.confirm_ms,
  };
  modem_begin(m, t, command->word, b, &how);
}

void ftp_command_begin_local(modem *m, modem_task *t, ftp_command_id id, const at_builder *b) {
  ftp_command_begin(
      m, t, id, b,
      (ftp_timeouts){.final_ms = FTP_LOCAL_TIMEOUT_MS, .result_ms = FTP_LOCAL_TIMEOUT_MS});
}

ftp_result ftp_command_result(ftp_command_id id, const at_event *event) {
  return ftp_result_read(&ftp_commands[id], event->text, event->len);
}
