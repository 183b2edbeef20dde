/*
 * A download through the serial port. It has a length: SIZE is asked first, the
 * command says how many bytes it wants, exactly that many are taken as payload,
 * and then CR LF, OK and the result line with the same number must follow.
 */
#ifndef BG96_FTP_GET_H
#define BG96_FTP_GET_H

#include "ftp/commands.h"
#include "modem/modem.h"

#define FTP_TO_THE_END INT64_MAX /* a length: all there is */

typedef struct {
  modem_task task;
  uint32_t timeout_ms; /* for a result, the module's rsptimeout with a margin */
  uint32_t silence_ms; /* longest pause of the payload */
  int64_t offset;      /* where to begin, in the remote file */
  int64_t length;      /* bytes wanted at most; FTP_TO_THE_END */
  int64_t size;        /* of the remote file; -1 until it is known */
  int64_t wanted;      /* bytes that this download is to bring */
  int64_t received;    /* bytes handed on */
  at_error failure;
  size_t name_len;
  char name[FTP_NAME_SIZE];
} ftp_get;

/* Prepares a download; the caller then fills the fields from timeout_ms to
 * length, and the name. Payload comes as AT_EVENT_DATA. */
void ftp_get_init(ftp_get *g);

#endif
