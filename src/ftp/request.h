/*
 * One exchange of the table in commands.c: command, OK, result line. The other
 * tasks of this folder are sequences of such exchanges; a call such as CWD or
 * SIZE is just one of them, and the task for it is here as well.
 */
#ifndef BG96_FTP_REQUEST_H
#define BG96_FTP_REQUEST_H

#include "ftp/commands.h"
#include "ftp/result.h"
#include "modem/modem.h"

enum {
  /* For a command without network traffic behind it. */
  FTP_LOCAL_TIMEOUT_MS = 10000,
  /* What the driver waits longer than the module's own timeout (QFTPCFG
   * "rsptimeout"), so that the module's 609 comes first. */
  FTP_TIMEOUT_MARGIN_MS = 5000
};

/* A builder for `id`; its arguments are added by the at_builder functions. */
at_builder ftp_command_open(modem *m, ftp_command_id id);

/* How long an exchange may take. */
typedef struct {
  uint32_t final_ms;   /* until the final result code or CONNECT */
  uint32_t result_ms;  /* from OK until the result line */
  uint32_t silence_ms; /* longest pause of a payload; 0 where there is none */
} ftp_timeouts;

/* Begins the exchange. */
void ftp_command_begin(modem *m, modem_task *t, ftp_command_id id, const at_builder *b,
                       ftp_timeouts timeouts);

/* Begins the exchange of a command without network traffic behind it. */
void ftp_command_begin_local(modem *m, modem_task *t, ftp_command_id id, const at_builder *b);

/* Reads a LINE event as the result of `id`. */
ftp_result ftp_command_result(ftp_command_id id, const at_event *event);

/* A call that is one exchange. */
typedef struct {
  modem_task task;
  ftp_command_id id;
  ftp_timeouts timeouts;
  int64_t position; /* startpos of a transfer from or to UFS; -1 for none */
  unsigned argument_count;
  size_t argument_len[2];
  char arguments[2][FTP_NAME_SIZE];
  at_error failure; /* of the result line */
  int64_t number;   /* the result */
  size_t text_len;
  char text[AT_LINE_SIZE];
} ftp_request;

/* Prepares the call of a command whose string arguments are added with
 * ftp_request_add(). The result line of a transfer between server and UFS comes
 * when all of the file is there. */
void ftp_request_init(ftp_request *r, ftp_command_id id, uint32_t final_ms, uint32_t result_ms);

/* Adds a string of at most FTP_NAME_SIZE bytes. */
void ftp_request_add(ftp_request *r, const char *text, size_t len);

#endif
