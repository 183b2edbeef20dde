#include "ftp/commands.h"

#define NAME(what)                                                                                 \
  { .name = what, .kind = FTP_ARGUMENT_STRING, .min = 1, .max = FTP_NAME_SIZE }
#define LOCAL_NAME                                                                                 \
  { .name = "local_name", .kind = FTP_ARGUMENT_STRING, .min = 1, .max = FTP_LOCAL_SIZE }
/* Left out, it is "COM:". */
#define LISTING_NAME                                                                               \
  {                                                                                                \
    .name = "local_name", .kind = FTP_ARGUMENT_STRING, .min = 1, .max = FTP_LOCAL_SIZE,            \
    .optional = true                                                                               \
  }
#define POSITION                                                                                   \
  { .name = "startpos", .kind = FTP_ARGUMENT_INTEGER, .max = INT64_MAX, .optional = true }
#define LENGTH(what)                                                                               \
  {                                                                                                \
    .name = what, .kind = FTP_ARGUMENT_INTEGER, .max = INT64_MAX, .optional = true,                \
    .port_only = true                                                                              \
  }

const ftp_command ftp_commands[FTP_COMMAND_COUNT] = {
    [FTP_CFG] = {.word = "+QFTPCFG", .result = FTP_RESULT_NONE},
    [FTP_OPEN] = {.word = "+QFTPOPEN",
                  .arguments = {{.name = "hostname",
                                 .kind = FTP_ARGUMENT_STRING,
                                 .min = 1,
                                 .max = FTP_HOST_SIZE},
                                {.name = "port",
                                 .kind = FTP_ARGUMENT_INTEGER,
                                 .min = 1,
                                 .max = 65535,
                                 .optional = true}},
                  .result = FTP_RESULT_STATUS},
    [FTP_CWD] = {.word = "+QFTPCWD", .arguments = {NAME("path_name")}, .result = FTP_RESULT_STATUS},
    [FTP_PWD] = {.word = "+QFTPPWD", .result = FTP_RESULT_TEXT},
    [FTP_PUT] = {.word = "+QFTPPUT",
                 .arguments = {NAME("file_name"),
                               LOCAL_NAME,
                               POSITION,
                               LENGTH("uploadlen"),
                               {.name = "beof",
                                .kind = FTP_ARGUMENT_INTEGER,
                                .max = 1,
                                .optional = true,
                                .with_previous = true,
                                .port_only = true}},
                 .result = FTP_RESULT_NUMBER,
                 .connects = true},
    [FTP_GET] = {.word = "+QFTPGET",
                 .arguments = {NAME("file_name"), LOCAL_NAME, POSITION, LENGTH("downloadlen")},
                 .result = FTP_RESULT_NUMBER,
                 .connects = true},
    [FTP_SIZE] = {.word = "+QFTPSIZE",
                  .arguments = {NAME("file_name")},
                  .result = FTP_RESULT_NUMBER},
    [FTP_DEL] = {.word = "+QFTPDEL", .arguments = {NAME("file_name")}, .result = FTP_RESULT_STATUS},
    [FTP_MKDIR] = {.word = "+QFTPMKDIR",
                   .arguments = {NAME("folder_name")},
                   .result = FTP_RESULT_STATUS},
    [FTP_RMDIR] = {.word = "+QFTPRMDIR",
                   .arguments = {NAME("folder_name")},
                   .result = FTP_RESULT_STATUS},
    [FTP_LIST] = {.word = "+QFTPLIST",
                  .arguments = {NAME("dirname"), LISTING_NAME},
                  .result = FTP_RESULT_NUMBER,
                  .connects = true},
    [FTP_NLST] = {.word = "+QFTPNLST",
                  .arguments = {NAME("dirname"), LISTING_NAME},
                  .result = FTP_RESULT_NUMBER,
                  .connects = true},
    [FTP_MLSD] = {.word = "+QFTPMLSD",
                  .arguments = {NAME("dirname"), LISTING_NAME},
                  .result = FTP_RESULT_NUMBER,
                  .connects = true},
    [FTP_MDTM] = {.word = "+QFTPMDTM", .arguments = {NAME("file_name")}, .result = FTP_RESULT_TEXT},
    [FTP_RENAME] = {.word = "+QFTPRENAME",
                    .arguments = {NAME("old_name"), NAME("new_name")},
                    .result = FTP_RESULT_STATUS},
    [FTP_LEN] = {.word = "+QFTPLEN", .result = FTP_RESULT_NUMBER},
    [FTP_STAT] = {.word = "+QFTPSTAT", .result = FTP_RESULT_NUMBER, .result_may_lead = true},
    [FTP_CLOSE] = {.word = "+QFTPCLOSE", .result = FTP_RESULT_STATUS, .result_may_lead = true},
};
