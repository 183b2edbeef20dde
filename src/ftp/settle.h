/*
 * A session in doubt: a call was given up, and the module may still be busy with it. A
 * download that was left by "+++" waits for ATO, and until the module's own timeout
 * (QFTPCFG "rsptimeout", 20 to 180 s) every other command is refused with 603. So the next
 * call asks first: QFTPSTAT, and where that says idle, QFTPPWD, which a busy module refuses.
 * A session that stays busy is closed, which ends a transfer, and the call fails with kind
 * CLOSED and the reason SESSION_ENDED.
 */
#ifndef BG96_FTP_SETTLE_H
#define BG96_FTP_SETTLE_H

#include "modem/modem.h"

/* For modem_task_class.settle. */
extern const modem_step ftp_settle_step;

#endif
