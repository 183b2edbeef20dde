/*
 * One exchange of the table in commands.c: command, OK, result line. The tasks of this folder
 * are sequences of such exchanges.
 */
#ifndef BG96_FTP_EXCHANGE_H
#define BG96_FTP_EXCHANGE_H

#include "ftp/commands.h"
#include "ftp/result.h"
#include "modem/modem.h"

enum { FTP_LOCAL_TIMEOUT_MS = 10000 }; /* of a command without network traffic behind it */

/* A builder for `id`; its arguments are added by the at_builder functions. */
at_builder ftp_command_open(modem *m, ftp_command_id id);

/* How long an exchange may take. */
typedef struct {
  uint32_t final_ms;   /* until the final result code or CONNECT */
  uint32_t result_ms;  /* from OK until the result line */
  uint32_t silence_ms; /* longest pause of a payload; 0 where there is none */
  uint32_t confirm_ms; /* see at_exchange; 0 where it does not matter */
} ftp_timeouts;

/* Begins the exchange. */
void ftp_command_begin(modem *m, modem_task *t, ftp_command_id id, const at_builder *b,
                       ftp_timeouts timeouts);

/* Begins the exchange of a command without network traffic behind it. */
void ftp_command_begin_local(modem *m, modem_task *t, ftp_command_id id, const at_builder *b);

/* Reads a LINE event as the result of `id`. */
ftp_result ftp_command_result(ftp_command_id id, const at_event *event);

#endif
