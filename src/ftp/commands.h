/*
 * The eighteen commands of chapter 2 of the manual as one table: the word, the
 * arguments with their sizes and ranges, the shape of the result line, and
 * whether data mode follows. Code, checks and documentation are made from it.
 */
#ifndef BG96_FTP_COMMANDS_H
#define BG96_FTP_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  FTP_CFG,    /* 2.1 */
  FTP_OPEN,   /* 2.2 */
  FTP_CWD,    /* 2.3 */
  FTP_PWD,    /* 2.4 */
  FTP_PUT,    /* 2.5 */
  FTP_GET,    /* 2.6 */
  FTP_SIZE,   /* 2.7 */
  FTP_DEL,    /* 2.8 */
  FTP_MKDIR,  /* 2.9 */
  FTP_RMDIR,  /* 2.10 */
  FTP_LIST,   /* 2.11 */
  FTP_NLST,   /* 2.12 */
  FTP_MLSD,   /* 2.13 */
  FTP_MDTM,   /* 2.14 */
  FTP_RENAME, /* 2.15 */
  FTP_LEN,    /* 2.16 */
  FTP_STAT,   /* 2.17 */
  FTP_CLOSE,  /* 2.18 */
  FTP_COMMAND_COUNT
} ftp_command_id;

enum {
  FTP_NAME_SIZE = 255, /* bytes of a remote name, user or password */
  FTP_HOST_SIZE = 200, /* bytes of a host name */
  FTP_LOCAL_SIZE = 60, /* bytes of a name in UFS */
  FTP_ARGUMENT_MAX = 5 /* arguments of one command */
};

typedef enum { FTP_ARGUMENT_STRING, FTP_ARGUMENT_INTEGER } ftp_argument_kind;

typedef enum {
  FTP_ARGUMENT_NONE,
  FTP_ARGUMENT_HOSTNAME,
  FTP_ARGUMENT_PORT,
  FTP_ARGUMENT_PATH_NAME,
  FTP_ARGUMENT_FILE_NAME,
  FTP_ARGUMENT_FOLDER_NAME,
  FTP_ARGUMENT_DIRNAME,
  FTP_ARGUMENT_OLD_NAME,
  FTP_ARGUMENT_NEW_NAME,
  FTP_ARGUMENT_LOCAL_NAME,
  FTP_ARGUMENT_LISTING_NAME, /* as the one before; left out, it is "COM:" */
  FTP_ARGUMENT_STARTPOS,
  FTP_ARGUMENT_UPLOADLEN,
  FTP_ARGUMENT_BEOF,
  FTP_ARGUMENT_DOWNLOADLEN,
  FTP_ARGUMENT_COUNT
} ftp_argument_id;

/* Words and names stand in the rows: a pointer to one would take 32 bytes of flash. */
typedef struct {
  char name[12]; /* as the manual has it, without the brackets */
  uint8_t kind;  /* ftp_argument_kind */
  uint8_t min;   /* STRING: bytes at least; INTEGER: smallest value */
  int64_t max;   /* STRING: bytes at most; INTEGER: largest value */
  bool optional;
  bool with_previous; /* optional, but there whenever the one before it is */
  bool port_only;     /* only with "COM:" as local name */
} ftp_argument;

/* One row for each ftp_argument_id, that of NONE empty. */
extern const ftp_argument ftp_arguments[FTP_ARGUMENT_COUNT];

/* What stands behind "0," in the result line. */
typedef enum {
  FTP_RESULT_NONE,   /* no result line: the final result code is all (QFTPCFG) */
  FTP_RESULT_STATUS, /* the protocol code: 0,0 */
  FTP_RESULT_NUMBER, /* a size, a length, a state */
  FTP_RESULT_TEXT    /* a path or a time, in quotes or not */
} ftp_result_shape;

typedef struct {
  char word[12];
  uint8_t arguments[FTP_ARGUMENT_MAX]; /* of ftp_argument_id; behind the last NONE */
  uint8_t result;                      /* ftp_result_shape */
  bool connects;                       /* CONNECT and data mode with "COM:" as local name */
  bool result_before_ok;               /* the result line may come before OK */
} ftp_command;

/* One row for each ftp_command_id. */
extern const ftp_command ftp_commands[FTP_COMMAND_COUNT];

#endif
