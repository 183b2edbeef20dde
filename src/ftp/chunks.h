/*
 * How large the chunks of an upload are. Each confirmation takes time in which the line is
 * idle: so a chunk is large enough for all of them to take a small share of the time. What
 * is not confirmed has to be sent again: so it is no larger than that.
 *
 * Without flow control, a module whose radio is slower than the line loses what its buffer
 * has no room for. So chunks begin small. The first two have different sizes: if the larger
 * one takes longer by more than the line needs, the radio is slow, and chunks grow only where
 * much has gone well. Once some of one was lost, none is larger than what has arrived. Where
 * the module confirms what it has taken before it has sent it, the size alone does not help:
 * chunks then also follow each other more slowly.
 */
#ifndef BG96_FTP_CHUNKS_H
#define BG96_FTP_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modem/uplink.h"

enum { FTP_CHUNK_MOST = 512 * 1024 }; /* bytes of a chunk; the caller holds them in memory */

/* What an upload wants of its chunks. */
typedef struct {
  uint32_t share; /* confirmations may take one part in so many of the time */
  uint32_t least; /* bytes, whatever the share; */
  uint32_t most;  /* never more */
} ftp_chunk_rule;

/* A chunk that has been sent, with times in milliseconds. */
typedef struct {
  uint32_t len;
  int64_t sent_ms;    /* it took so long to send */
  int64_t wait_ms;    /* and so long until it was confirmed */
  bool is_last;       /* of the file, which the server confirms as well */
  int64_t command_ms; /* before that, its command had taken so long; -1: it had to
                         open a data connection, which does not count */
} ftp_chunk_times;

/* What has gone through one data connection. */
typedef struct {
  int64_t bytes; /* confirmed */
  int64_t ms;
} ftp_chunk_run;

/* Bytes of the next chunk. `done`: bytes that have gone well since the last failure. */
uint32_t ftp_chunk_size(const modem_uplink *u, const ftp_chunk_rule *rule, int64_t done,
                        bool has_flow);

/* How long to wait for the confirmation of a chunk before the module is taken to have lost
 * some of it. */
uint32_t ftp_chunk_patience_ms(const modem_uplink *u, uint32_t len);

/* A chunk was confirmed. */
void ftp_chunk_confirmed(modem_uplink *u, const ftp_chunk_times *chunk);

/* The module has taken only `taken` bytes of a chunk; `run` is without it, but for its time. */
void ftp_chunk_lost(modem_uplink *u, const ftp_chunk_times *chunk, uint32_t taken,
                    const ftp_chunk_run *run);

/* The confirmation of a chunk came after all, so long behind it. */
void ftp_chunk_overdue(modem_uplink *u, int64_t wait_ms);

/* Milliseconds before the next chunk may follow. */
uint32_t ftp_chunk_pause_ms(const modem_uplink *u, const ftp_chunk_run *run);

/* A new upload tries whether the module takes bytes faster by now. */
void ftp_chunk_hurry(modem_uplink *u);

#endif
