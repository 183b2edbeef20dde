/* The task of a call that is one exchange, such as CWD or SIZE. */
#ifndef BG96_FTP_REQUEST_H
#define BG96_FTP_REQUEST_H

#include "ftp/exchange.h"

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
