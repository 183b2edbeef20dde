/*
 * A session that nobody holds any more, of a crashed process or of a login that
 * timed out: finds it with QFTPSTAT and ends it with QFTPCLOSE. A CLOSE is done
 * when its result line is, not when its OK is; until then STAT answers 3 and
 * every other command is refused with 603.
 */
#ifndef BG96_FTP_LEFTOVER_H
#define BG96_FTP_LEFTOVER_H

#include "modem/modem.h"

typedef struct {
  int phase;
  int64_t status; /* of QFTPSTAT */
} ftp_leftover;

/* Begins, on behalf of `t`. */
void ftp_leftover_start(ftp_leftover *l, modem_task *t, modem *m);

/* Takes the events of `t` until it answers true: nothing is left over. The task
 * may have failed instead. Bounded by the task's deadline. */
bool ftp_leftover_handle(ftp_leftover *l, modem_task *t, modem *m, const at_event *event);

/* The task that does nothing else: brings the channel to a known state and ends
 * what is left over, when a modem is opened. */
typedef struct {
  modem_task task;
  ftp_leftover leftover;
} ftp_recovery;

void ftp_recovery_init(ftp_recovery *r);

#endif
