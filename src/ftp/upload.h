/*
 * An upload through the serial port, in chunks: each QFTPPUT says how many bytes
 * follow (uploadlen) and whether they are the last (beof), and its result line
 * confirms that many. The module keeps the data connection from chunk to chunk.
 *
 * Nothing at all cannot be sent with a length. An empty file is an upload of
 * unknown length, ended at once by "+++" between its guards (manual, 1.2).
 *
 * A chunk that is just "+++" would stand between two silences and could be taken
 * for the way out of data mode: it goes as "+" and "++".
 */
#ifndef BG96_FTP_UPLOAD_H
#define BG96_FTP_UPLOAD_H

#include "ftp/commands.h"
#include "modem/modem.h"

typedef struct {
  modem_task task;
  uint32_t timeout_ms; /* for a result, the module's rsptimeout with a margin */
  uint32_t silence_ms; /* longest pause of the payload */
  int64_t offset;      /* where to begin, in the remote file */
  int64_t confirmed;   /* bytes that result lines have confirmed */
  const char *chunk;   /* being sent; the caller's */
  size_t chunk_len;
  size_t rest_len; /* of what was given, behind the chunk: a chunk of its own */
  bool rest_is_last;
  bool in_flight;   /* the chunk is being sent, or not confirmed */
  bool wants_chunk; /* waits for ftp_upload_give() */
  at_error failure;
  size_t name_len;
  char name[FTP_NAME_SIZE];
} ftp_upload;

/* Prepares an upload; the caller then fills timeout_ms, silence_ms, offset and
 * the name. Whenever wants_chunk is set, it calls ftp_upload_give(). */
void ftp_upload_init(ftp_upload *u);

/* Gives the next chunk: `len` bytes at `data`, which stay there until the next
 * chunk is wanted or the task has ended. Only the first chunk may be empty, and
 * then it must be the last, too. */
void ftp_upload_give(ftp_upload *u, modem *m, const char *data, size_t len, bool is_last,
                     int64_t now_ms);

/* Bytes sent so far, confirmed or not. */
int64_t ftp_upload_sent(const ftp_upload *u, const modem *m);

#endif
