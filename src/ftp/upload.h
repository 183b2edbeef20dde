/*
 * An upload through the serial port, in chunks: each QFTPPUT says how many bytes
 * follow (uploadlen) and whether they are the last (beof), and its result line
 * confirms that many. The module keeps the data connection from chunk to chunk.
 *
 * The caller gives blocks; a block is usually one chunk. Without flow control the module may
 * lose some of a chunk, and then waits for bytes that do not come. Where its confirmation is
 * overdue, "+++" between its guards ends the chunk (manual, 1.2), and the result line tells
 * how much of it was taken. The chunk is sent again, over a new data connection, in smaller
 * ones (chunks.h); also where all of it seems to be there, as the module may have taken "+++"
 * for the last bytes of it.
 *
 * Nothing at all cannot be sent with a length. An empty file is an upload of
 * unknown length, ended at once by "+++".
 *
 * A chunk that is just "+++" would stand between two silences and could be taken
 * for the way out of data mode: it goes as "+" and "++".
 */
#ifndef BG96_FTP_UPLOAD_H
#define BG96_FTP_UPLOAD_H

#include "ftp/chunks.h"
#include "ftp/commands.h"
#include "modem/modem.h"

typedef struct {
  modem_task task;
  uint32_t timeout_ms; /* for a result, the module's rsptimeout with a margin */
  uint32_t silence_ms; /* longest pause of the payload */
  ftp_chunk_rule rule;
  bool may_repeat;   /* an offset in the file is a number of bytes, and can be gone back to */
  int64_t offset;    /* where to begin, in the remote file */
  int64_t confirmed; /* bytes that result lines have confirmed */
  int64_t in_vain;   /* bytes that had to be sent again */
  const char *block; /* what is to be sent, of what the caller has given last */
  size_t block_len;
  bool block_is_last;
  size_t chunk_len;  /* of that, being sent */
  bool in_flight;    /* the chunk is being sent, or not confirmed */
  bool wants_block;  /* waits for ftp_upload_give() */
  int64_t begun_ms;  /* the command of the chunk, */
  int64_t opened_ms; /* its data mode, */
  int64_t ended_ms;  /* and the last exchange */
  struct {
    int64_t since_ms; /* its data connection was opened; 0: none is open */
    int64_t from;     /* `confirmed` at that time */
  } run;
  bool is_overdue;   /* "+++" has ended the chunk, */
  size_t taken;      /* of which the module has taken so much */
  unsigned losses;   /* such chunks in a row */
  int64_t well_from; /* `confirmed` at the last of them */
  at_error failure;
  size_t name_len;
  char name[FTP_NAME_SIZE];
} ftp_upload;

/* Prepares an upload; the caller then fills the fields from timeout_ms to offset, and the
 * name. Whenever wants_block is set, it calls ftp_upload_give(). */
void ftp_upload_init(ftp_upload *u);

/* Bytes that the next block should have. */
size_t ftp_upload_wanted(const ftp_upload *u, const modem *m);

/* Gives the next block: `len` bytes at `data`, which stay there until the next
 * block is wanted or the task has ended. Only the first block may be empty, and
 * then it must be the last, too. */
void ftp_upload_give(ftp_upload *u, modem *m, const char *data, size_t len, bool is_last,
                     int64_t now_ms);

/* Bytes sent so far, confirmed or not, without those that had to be sent again. */
int64_t ftp_upload_sent(const ftp_upload *u, const modem *m);

#endif
