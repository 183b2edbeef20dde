/*
 * Reads the result line of a QFTP command, `+QFTPXXX: <err>,<second>`: the
 * second field is the server's reply code where err is not 0 (manual, 4.4), and
 * what was asked for where it is.
 */
#ifndef BG96_FTP_RESULT_H
#define BG96_FTP_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/error.h"
#include "ftp/commands.h"

typedef struct {
  at_error error;   /* kind NONE where the command worked */
  int64_t number;   /* of a FTP_RESULT_NUMBER */
  const char *text; /* of a FTP_RESULT_TEXT, inside the line */
  size_t text_len;
} ftp_result;

/* Reads `line` as the result of `command`. A line that is none gives an error
 * of kind FRAMING. */
ftp_result ftp_result_read(const ftp_command *command, const char *line, size_t len);

#endif
