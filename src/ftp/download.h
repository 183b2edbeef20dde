/*
 * What comes from the server through the serial port in data mode.
 *
 * A file has a length: SIZE is asked first, the command says how many bytes it
 * wants, exactly that many are taken as payload, and then CR LF, OK and the
 * result line with the same number must follow.
 *
 * A listing has none, nor has a file in ASCII mode or on a server without SIZE.
 * There the trailer ends the payload if it counts the bytes before it and the
 * line then stays silent; if the module is proven to be in command mode; and if
 * QFTPLEN, where it answers, agrees.
 */
#ifndef BG96_FTP_DOWNLOAD_H
#define BG96_FTP_DOWNLOAD_H

#include "ftp/commands.h"
#include "modem/modem.h"

#define FTP_TO_THE_END INT64_MAX /* a length: all there is */

typedef struct {
  modem_task task;
  ftp_command_id id;   /* FTP_GET, FTP_LIST, FTP_NLST or FTP_MLSD */
  uint32_t timeout_ms; /* for a result, the module's rsptimeout with a margin */
  uint32_t silence_ms; /* longest pause of the payload */
  int64_t offset;      /* where to begin, in the remote file */
  int64_t length;      /* bytes wanted at most; FTP_TO_THE_END */
  bool has_size;       /* SIZE is to be asked and believed: a file, in binary mode */
  int64_t doubtful_at; /* what looked like the module's words here, in the remote file, may
                          have been payload; 0: nowhere */
  int64_t wanted;      /* bytes that this download is to bring; -1 unknown */
  int64_t received;    /* bytes handed on */
  int64_t before;      /* those of earlier commands, where it was interrupted */
  int64_t counted;     /* what the last result line said; -1 nothing */
  at_error failure;
  size_t name_len;
  char name[FTP_NAME_SIZE];
} ftp_download;

/* Prepares a download by `id`; the caller then fills the fields from timeout_ms
 * to doubtful_at, and the name; or `wanted` itself where it knows that so many bytes
 * will come, and SIZE need not be asked. Payload comes as AT_EVENT_DATA. */
void ftp_download_init(ftp_download *d, ftp_command_id id);

#endif
