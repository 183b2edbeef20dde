#include "ftp/commands.h"

#define STRING(text, size) .name = text, .kind = FTP_ARGUMENT_STRING, .min = 1, .max = size
#define INTEGER(text, smallest, largest)                                                           \
  .name = text, .kind = FTP_ARGUMENT_INTEGER, .min = smallest, .max = largest

const ftp_argument ftp_arguments[FTP_ARGUMENT_COUNT] = {
    [FTP_ARGUMENT_HOSTNAME] = {STRING("hostname", FTP_HOST_SIZE)},
    [FTP_ARGUMENT_PORT] = {INTEGER("port", 1, 65535), .optional = true},
    [FTP_ARGUMENT_PATH_NAME] = {STRING("path_name", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_FILE_NAME] = {STRING("file_name", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_FOLDER_NAME] = {STRING("folder_name", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_DIRNAME] = {STRING("dirname", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_OLD_NAME] = {STRING("old_name", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_NEW_NAME] = {STRING("new_name", FTP_NAME_SIZE)},
    [FTP_ARGUMENT_LOCAL_NAME] = {STRING("local_name", FTP_LOCAL_SIZE)},
    [FTP_ARGUMENT_LISTING_NAME] = {STRING("local_name", FTP_LOCAL_SIZE), .optional = true},
    [FTP_ARGUMENT_STARTPOS] = {INTEGER("startpos", 0, INT64_MAX), .optional = true},
    [FTP_ARGUMENT_UPLOADLEN] = {INTEGER("uploadlen", 0, INT64_MAX), .optional = true,
                                .port_only = true},
    [FTP_ARGUMENT_BEOF] = {INTEGER("beof", 0, 1), .optional = true, .with_previous = true,
                           .port_only = true},
    [FTP_ARGUMENT_DOWNLOADLEN] = {INTEGER("downloadlen", 0, INT64_MAX), .optional = true,
                                  .port_only = true},
};

#define ARGUMENTS(...) .arguments = {__VA_ARGS__}

const ftp_command ftp_commands[FTP_COMMAND_COUNT] = {
    [FTP_CFG] = {"+QFTPCFG", .result = FTP_RESULT_NONE},
    [FTP_OPEN] = {"+QFTPOPEN", ARGUMENTS(FTP_ARGUMENT_HOSTNAME, FTP_ARGUMENT_PORT),
                  .result = FTP_RESULT_STATUS},
    [FTP_CWD] = {"+QFTPCWD", ARGUMENTS(FTP_ARGUMENT_PATH_NAME), .result = FTP_RESULT_STATUS},
    [FTP_PWD] = {"+QFTPPWD", .result = FTP_RESULT_TEXT},
    [FTP_PUT] = {"+QFTPPUT",
                 ARGUMENTS(FTP_ARGUMENT_FILE_NAME, FTP_ARGUMENT_LOCAL_NAME, FTP_ARGUMENT_STARTPOS,
                           FTP_ARGUMENT_UPLOADLEN, FTP_ARGUMENT_BEOF),
                 .result = FTP_RESULT_NUMBER, .connects = true},
    [FTP_GET] = {"+QFTPGET",
                 ARGUMENTS(FTP_ARGUMENT_FILE_NAME, FTP_ARGUMENT_LOCAL_NAME, FTP_ARGUMENT_STARTPOS,
                           FTP_ARGUMENT_DOWNLOADLEN),
                 .result = FTP_RESULT_NUMBER, .connects = true},
    [FTP_SIZE] = {"+QFTPSIZE", ARGUMENTS(FTP_ARGUMENT_FILE_NAME), .result = FTP_RESULT_NUMBER},
    [FTP_DEL] = {"+QFTPDEL", ARGUMENTS(FTP_ARGUMENT_FILE_NAME), .result = FTP_RESULT_STATUS},
    [FTP_MKDIR] = {"+QFTPMKDIR", ARGUMENTS(FTP_ARGUMENT_FOLDER_NAME), .result = FTP_RESULT_STATUS},
    [FTP_RMDIR] = {"+QFTPRMDIR", ARGUMENTS(FTP_ARGUMENT_FOLDER_NAME), .result = FTP_RESULT_STATUS},
    [FTP_LIST] = {"+QFTPLIST", ARGUMENTS(FTP_ARGUMENT_DIRNAME, FTP_ARGUMENT_LISTING_NAME),
                  .result = FTP_RESULT_NUMBER, .connects = true},
    [FTP_NLST] = {"+QFTPNLST", ARGUMENTS(FTP_ARGUMENT_DIRNAME, FTP_ARGUMENT_LISTING_NAME),
                  .result = FTP_RESULT_NUMBER, .connects = true},
    [FTP_MLSD] = {"+QFTPMLSD", ARGUMENTS(FTP_ARGUMENT_DIRNAME, FTP_ARGUMENT_LISTING_NAME),
                  .result = FTP_RESULT_NUMBER, .connects = true},
    [FTP_MDTM] = {"+QFTPMDTM", ARGUMENTS(FTP_ARGUMENT_FILE_NAME), .result = FTP_RESULT_TEXT},
    [FTP_RENAME] = {"+QFTPRENAME", ARGUMENTS(FTP_ARGUMENT_OLD_NAME, FTP_ARGUMENT_NEW_NAME),
                    .result = FTP_RESULT_STATUS},
    [FTP_LEN] = {"+QFTPLEN", .result = FTP_RESULT_NUMBER},
    [FTP_STAT] = {"+QFTPSTAT", .result = FTP_RESULT_NUMBER, .result_before_ok = true},
    [FTP_CLOSE] = {"+QFTPCLOSE", .result = FTP_RESULT_STATUS, .result_before_ok = true},
};
