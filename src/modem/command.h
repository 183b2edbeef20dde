/*
 * Any AT command, as the user wrote it: all lines that are not unsolicited are
 * its reply.
 */
#ifndef BG96_MODEM_COMMAND_H
#define BG96_MODEM_COMMAND_H

#include "modem/modem.h"

/* The longest text, without AT and CR. */
enum { MODEM_COMMAND_SIZE = AT_COMMAND_SIZE - 4 };

typedef struct {
  modem_task task;
  char prefix[20]; /* "+CSQ" of "+CSQ?"; "" where the command has none */
  size_t len;
  char text[MODEM_COMMAND_SIZE];
} modem_command;

/* Prepares a command of `len` bytes, without "AT". False for one that is too
 * long or holds CR, LF or NUL. Its reply lines come as AT_EVENT_LINE; it has
 * time until the deadline that it is submitted with. */
bool modem_command_init(modem_command *c, const char *text, size_t len);

#endif
