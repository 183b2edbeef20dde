/*
 * Tables 1 and 2 of the manual (chapters 5 and 6), and what to do about each:
 * the texts behind ftp.errors, ftp.replies and every error of kind "ftp".
 *
 * Each table is one text without pointers, as every pointer in a shared object takes 32
 * bytes of a flash that is counted in kilobytes.
 */
#ifndef BG96_FTP_ERRORS_H
#define BG96_FTP_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  int code;
  const char *text; /* the manual's, without its full stop */
  size_t text_len;
  const char *advice; /* what a person can do; empty where there is nothing to say */
  size_t advice_len;
} ftp_error_row;

/* Each row is a line: code, text and advice with "|" between them. */

/* Table 1: 0 and 601 to 631, in order. */
extern const char ftp_error_texts[];

/* Table 2: reply codes of the FTP server, in order. */
extern const char ftp_reply_texts[];

/* Codes of +CME ERROR: general ones and those of the FILE commands. */
extern const char ftp_cme_texts[];

/* Reads the row that `*texts`, at first one of the above, points to, and moves on to
 * the next. False at the end. */
bool ftp_error_next(const char **texts, ftp_error_row *row);

#endif
