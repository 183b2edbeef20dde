/* The userdata of a call. Its steps are in step.c, what makes one in constructors.c. */
#ifndef BG96_LUA_CALL_H
#define BG96_LUA_CALL_H

#include "ftp/download.h"
#include "ftp/folder.h"
#include "ftp/login.h"
#include "ftp/request.h"
#include "ftp/stale.h"
#include "ftp/upload.h"
#include "lua/modem.h"
#include "lua/wait.h"
#include "modem/command.h"
#include "modem/pdp.h"
#include "modem/ufs.h"

#define CORE_CALL_TYPE "bg96.core.call"

/* Which of the tasks below a call holds. */
typedef enum {
  CORE_CLEANUP,
  CORE_COMMAND,
  CORE_CONTEXTS,
  CORE_ACTIVATION,
  CORE_DEACTIVATION,
  CORE_LOGIN,
  CORE_REQUEST,
  CORE_FOLDER,
  CORE_DOWNLOAD,
  CORE_UPLOAD,
  CORE_UFS_DOWNLOAD,
  CORE_UFS_UPLOAD
} core_call_kind;

/* A call. It is alive as long as the coroutine that made it. */
struct core_call {
  core_waiter waiter;
  core_call_kind kind;
  bool has_left; /* its coroutine waits on `left`, and may never come back */
  core_notifier left;
  union {
    modem_task task;
    ftp_stale stale;
    modem_command command;
    pdp_list contexts;
    pdp_activation activation;
    pdp_deactivation deactivation;
    ftp_login login;
    ftp_request request;
    ftp_folder folder;
    ftp_download download;
    ftp_upload upload;
    ufs_download ufs_download;
    ufs_upload ufs_upload;
  } as;
};

/* The call at index 1. */
core_call *core_check_call(lua_State *L);

/* Pushes a call of modem 1 and returns it, zeroed. */
core_call *core_new_call(lua_State *L, core_call_kind kind);

/* Keeps the Lua value at `index`, a block of payload, alive as long as the call at the top,
 * or until the next one is kept. */
void core_call_keep(lua_State *L, int index);

/* The call that a task is part of. */
core_call *core_call_of(modem_task *task);

bool core_call_has_ended(const core_call *c);

/* True when an upload has nothing to send before it is given the next block. */
bool core_call_wants_block(const core_call *c);

/* Overwrites passwords. */
void core_call_wipe(core_call *c);

#endif
