/*
 * Any AT command, as the user wrote it, or several on a line: all lines that are not
 * unsolicited are its reply.
 */
#ifndef BG96_MODEM_COMMAND_H
#define BG96_MODEM_COMMAND_H

#include "modem/modem.h"

enum {
  MODEM_COMMAND_SIZE = AT_COMMAND_SIZE - 4, /* the longest text, without AT and CR */
  MODEM_WORDS_SIZE = 128                    /* the words of a line, "+CSQ;+CREG" */
};

typedef struct {
  modem_task task;
  char word[20];                /* of the first command, for errors */
  char words[MODEM_WORDS_SIZE]; /* that its replies begin with; "" where it has none */
  size_t len;
  char text[MODEM_COMMAND_SIZE];
} modem_command;

/* Prepares a command of `len` bytes, without "AT". False for one that is too
 * long or holds control characters. Its reply lines come as AT_EVENT_LINE; it has
 * time until the deadline that it is submitted with. */
bool modem_command_init(modem_command *c, const char *text, size_t len);

#endif
