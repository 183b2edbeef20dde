/*
 * What an unsolicited line means to a call that is running: nothing, or that
 * its module, its PDP context or its FTP session has just gone.
 */
#ifndef BG96_MODEM_URC_H
#define BG96_MODEM_URC_H

#include <stddef.h>

#include "at/error.h"

typedef enum {
  MODEM_URC_OTHER,
  MODEM_URC_RESTARTED,    /* RDY, POWERED DOWN and the like: all settings are gone */
  MODEM_URC_CONTEXT_LOST, /* +QIURC: "pdpdeact",<cid> */
  MODEM_URC_SESSION_LOST  /* +QFTPCLOSE: <err>,<protocol_error> that nobody asked for */
} modem_urc;

/* Reads a line; fills `why` in all cases but OTHER, and `cid` for CONTEXT_LOST. */
modem_urc modem_urc_read(const char *line, size_t len, at_error *why, int *cid);

#endif
