/*
 * Why a call failed: one value from the engine up to the script, so that both
 * numbers survive, the module's and the FTP server's. It never holds a secret.
 */
#ifndef BG96_AT_ERROR_H
#define BG96_AT_ERROR_H

#include <stddef.h>

typedef enum {
  AT_ERROR_NONE,
  AT_ERROR_FTP,       /* the module's 6xx result */
  AT_ERROR_CME,       /* another +CME ERROR or +CMS ERROR */
  AT_ERROR_PLAIN,     /* ERROR without a reason, or NO CARRIER */
  AT_ERROR_TIMEOUT,   /* no answer in time */
  AT_ERROR_PORT,      /* the serial port failed or hung up; code is errno */
  AT_ERROR_RESET,     /* the module restarted under the call */
  AT_ERROR_PDP,       /* the PDP context is not there (any more) */
  AT_ERROR_FRAMING,   /* bytes that do not fit the protocol */
  AT_ERROR_LOCAL,     /* the caller's source, sink or file failed */
  AT_ERROR_VERIFY,    /* a finished transfer does not match */
  AT_ERROR_CANCELLED, /* given up by the caller */
  AT_ERROR_CLOSED     /* the modem or session is closed */
} at_error_kind;

/* What tells failures of one kind apart, where no number does. */
typedef enum {
  AT_REASON_NONE,
  AT_REASON_NO_CARRIER,    /* PLAIN: data mode was lost, or could not be entered */
  AT_REASON_NO_TURN,       /* TIMEOUT: calls before this one took all of its time */
  AT_REASON_NO_ECHO,       /* TIMEOUT: the module answers, but cannot be made to echo */
  AT_REASON_SESSION_ENDED, /* CLOSED: the driver has closed a session that stayed busy */
  AT_REASON_LOST           /* CLOSED: the session has ended by itself; log in again */
} at_error_reason;

typedef struct {
  at_error_kind kind;
  at_error_reason reason;
  int code;         /* 601 to 631, CME code or errno; -1 where there is none */
  int protocol;     /* reply code of the FTP server; 0 where there is none */
  char command[20]; /* word of the command, such as "+QFTPGET" */
  char detail[96];  /* what a table cannot say; may be empty */
} at_error;

/* An error without numbers. `command` and `detail` are copied and cut to fit;
 * `detail` may be NULL. */
at_error at_error_make(at_error_kind kind, const char *command, const char *detail);

/* The kind as scripts see it: "ftp", "cme", "error", "timeout", ... */
const char *at_error_kind_name(at_error_kind kind);

/* The reason as scripts see it: "no carrier", "no turn", "no echo",
 * "session ended", "lost"; NULL for NONE. */
const char *at_error_reason_name(at_error_reason reason);

#endif
