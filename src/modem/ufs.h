/*
 * Files in the module's own flash (UFS): QFUPL and QFDWL, whose checksums are
 * verified. What needs no data mode (QFLST, QFDEL, QFLDS) are ordinary commands.
 */
#ifndef BG96_MODEM_UFS_H
#define BG96_MODEM_UFS_H

#include "modem/modem.h"

enum { UFS_NAME_SIZE = 60 }; /* bytes; the limit of QFTPPUT's local name */

/* The checksum of QFUPL and QFDWL: the XOR of the bytes as 16-bit words, high
 * byte first; an odd last byte is a high one. Begins as {0}. */
typedef struct {
  uint16_t value;
  bool is_odd; /* the next byte is a low one */
} ufs_checksum;

void ufs_checksum_add(ufs_checksum *c, const char *data, size_t len);

/* Reads `+QFLST: "name",size`; takes a "UFS:" that some modules put before the
 * name off. False for another line. */
bool ufs_entry_read(const char *line, size_t len, const char **name, size_t *name_len,
                    int64_t *size);

/* Writes a file, in place of one of the same name. */
typedef struct {
  modem_task task;
  uint32_t silence_ms; /* longest pause of the payload */
  const char *data;    /* the caller's, until the task has ended */
  size_t len;
  int64_t handle; /* of QFOPEN, for a file of 0 bytes */
  bool is_sent;   /* data mode has begun */
  at_error failure;
  size_t name_len;
  char name[UFS_NAME_SIZE];
} ufs_upload;

/* Prepares it; the caller then fills silence_ms, data, len and the name. */
void ufs_upload_init(ufs_upload *u);

/* Reads a file; payload comes as AT_EVENT_DATA. */
typedef struct {
  modem_task task;
  uint32_t silence_ms;
  int64_t size; /* of the file; -1 until it is known */
  int64_t received;
  ufs_checksum checksum;
  at_error failure;
  size_t name_len;
  char name[UFS_NAME_SIZE];
} ufs_download;

/* Prepares it; the caller then fills silence_ms and the name. */
void ufs_download_init(ufs_download *d);

#endif
