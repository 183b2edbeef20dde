/*
 * A session that nobody holds any more, of a crashed process or of a login that
 * timed out: finds it with QFTPSTAT and ends it with QFTPCLOSE. A CLOSE is done
 * when its result line is, not when its OK is; until then STAT answers 3 and
 * every other command is refused with 603.
 */
#ifndef BG96_FTP_STALE_H
#define BG96_FTP_STALE_H

#include "modem/modem.h"

typedef struct {
  int phase;
  int64_t status; /* of QFTPSTAT */
} ftp_stale;

/* Begins, on behalf of `t`. */
void ftp_stale_start(ftp_stale *l, modem_task *t, modem *m);

/* Takes the events of `t` until it answers true: nothing is left over. The task
 * may have failed instead. Bounded by the task's deadline. */
bool ftp_stale_handle(ftp_stale *l, modem_task *t, modem *m, const at_event *event);

/* The task that does nothing else: brings the channel to a known state and ends
 * what is left over, when a modem is opened. */
typedef struct {
  modem_task task;
  ftp_stale stale;
} ftp_cleanup;

void ftp_cleanup_init(ftp_cleanup *r);

#endif
