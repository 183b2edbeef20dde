/*
 * Tables 1 and 2 of the manual (chapters 5 and 6), and what to do about each:
 * the texts behind ftp.errors, ftp.replies and every error of kind "ftp".
 */
#ifndef BG96_FTP_ERRORS_H
#define BG96_FTP_ERRORS_H

#include <stddef.h>

typedef struct {
  int code;
  const char *text;   /* the manual's, without its full stop; NULL behind the last row */
  const char *advice; /* what a person can do; NULL where there is nothing to say */
} ftp_error_row;

/* Table 1: 0 and 601 to 631, in order. */
extern const ftp_error_row ftp_errors[];

/* Table 2: reply codes of the FTP server, in order; without advice. */
extern const ftp_error_row ftp_replies[];

/* Codes of +CME ERROR: general ones and those of the FILE commands. */
extern const ftp_error_row ftp_cme_errors[];

#endif
