/*
 * A stale session: one that nobody holds any more, of a crashed process or of a login
 * that timed out. QFTPSTAT finds it and QFTPCLOSE ends it. A CLOSE is done when its
 * result line is, not when its OK is; until then STAT answers 3 and every other command
 * is refused with 603.
 */
#ifndef BG96_FTP_STALE_H
#define BG96_FTP_STALE_H

#include "modem/modem.h"

/* The part of a task that ends a stale session; such a task embeds it as its first
 * member. */
typedef struct {
  modem_task task;
  const modem_step *then; /* follows when there is none any more; NULL: the task ends */
  int64_t status;         /* of QFTPSTAT */
} ftp_stale;

/* The first step of that. The task's deadline bounds it. */
extern const modem_step ftp_stale_step;

/* Prepares a task that does nothing else. As the modem resyncs before it begins, it
 * brings a module in an unknown state to a known one. */
void ftp_stale_init(ftp_stale *s);

#endif
