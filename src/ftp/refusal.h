/*
 * Whether a server refuses a command. SIZE, MDTM and REST are optional, and a server
 * that lacks one, or does not allow it on this file, says so with many codes: 202, 250,
 * 450, 451, 500, 501, 502, 504, 550 were all seen. So the rule is what the code is not
 * about: not the connection, not the login, not the data connection. Then the server
 * does not tell, and what was asked for has to be found out in another way.
 */
#ifndef BG96_FTP_REFUSAL_H
#define BG96_FTP_REFUSAL_H

#include <stdbool.h>

#include "at/error.h"

/* `code`: 601 to 631, or -1; `protocol`: the server's reply code, or 0. */
bool ftp_is_refusal(int code, int protocol);

/* The same of an error; false for other kinds than FTP. */
bool ftp_error_is_refusal(const at_error *error);

#endif
