/*
 * MKDIR that may find the folder there (manual, 2.9). Servers refuse both a folder that
 * exists and one that must not be made with 550, and the module has no command that asks
 * for a folder: so it is entered, and left again. No other call may come between, as it
 * would run in the wrong folder.
 */
#ifndef BG96_FTP_FOLDER_H
#define BG96_FTP_FOLDER_H

#include "ftp/commands.h"
#include "modem/modem.h"

typedef struct {
  modem_task task;
  uint32_t timeout_ms; /* of each exchange */
  bool may_exist;      /* a folder that is there already is no failure */
  at_error refusal;    /* of MKDIR */
  at_error failure;    /* of the result line */
  size_t name_len;
  char name[FTP_NAME_SIZE];
  size_t here_len;
  char here[FTP_NAME_SIZE]; /* the folder to go back to */
} ftp_folder;

/* Prepares the call; the caller then fills the name. */
void ftp_folder_init(ftp_folder *f, uint32_t timeout_ms, bool may_exist);

#endif
