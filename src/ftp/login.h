/*
 * Steps 1.3, 2 and 3 of section 1.1: settings by QFTPCFG, then QFTPOPEN. What an earlier
 * process left is unknown, and a restart takes all with it: so each setting is made, unless a
 * login of this modem has made it since. The account is always set, as nobody keeps it.
 */
#ifndef BG96_FTP_LOGIN_H
#define BG96_FTP_LOGIN_H

#include "ftp/commands.h"
#include "ftp/stale.h"
#include "modem/modem.h"

/* The settings of QFTPCFG that are numbers, in the order in which they are made. */
typedef enum {
  FTP_SETTING_CONTEXTID,
  FTP_SETTING_FILETYPE,
  FTP_SETTING_TRANSMODE,
  FTP_SETTING_RSPTIMEOUT, /* seconds */
  FTP_SETTING_SSLTYPE,
  FTP_SETTING_SSLCTXID,
  FTP_SETTING_DATA_ADDRESS,
  FTP_SETTING_COUNT
} ftp_setting_id;

typedef struct {
  char name[16];
  uint8_t min;
  uint8_t max;
} ftp_setting;

/* Names and ranges (manual, 2.1). */
extern const ftp_setting ftp_settings[FTP_SETTING_COUNT];

typedef struct {
  ftp_stale stale;  /* holds the task: a stale session is ended on the way */
  int setting;      /* to be made next */
  bool needs_epoch; /* fails with kind RESET where modem_epoch() is not `epoch` any more */
  uint32_t epoch;
  bool is_active; /* the PDP context is */
  at_error failure;
  uint32_t open_ms; /* how long QFTPOPEN may take */
  int settings[FTP_SETTING_COUNT];
  int port;
  size_t host_len, user_len, password_len;
  char host[FTP_HOST_SIZE];
  char user[FTP_NAME_SIZE];
  char password[FTP_NAME_SIZE]; /* wiped as soon as it is sent, or given up */
} ftp_login;

/* Prepares a login; the caller then fills open_ms, settings, port, host, user and
 * password. */
void ftp_login_init(ftp_login *l);

#endif
