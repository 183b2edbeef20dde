/*
 * bg96.core: what Lua sees of the C core. It checks arguments, pushes results,
 * and moves bytes between port and modem, a bounded amount a step; it knows no
 * protocol and never waits. Waiting, streams and errors are Lua's (lua/bg96).
 */
#ifndef BG96_LUA_CORE_H
#define BG96_LUA_CORE_H

#include <stdbool.h>

#include "ftp/download.h"
#include "ftp/login.h"
#include "ftp/request.h"
#include "ftp/stale.h"
#include "ftp/upload.h"
#include "lua/compat.h"
#include "modem/command.h"
#include "modem/modem.h"
#include "modem/pdp.h"
#include "modem/ufs.h"
#include "port/loopback.h"
#include "port/port.h"

#define CORE_MODEM_TYPE "bg96.core.modem"
#define CORE_TASK_TYPE "bg96.core.task"
#define CORE_LOOPBACK_TYPE "bg96.core.loopback"

enum {
  CORE_READ_SIZE = 4096,
  CORE_STEP_LOOPS = 16 /* reads or writes before a step gives way to others */
};

typedef struct core_task core_task;

/* An open modem. */
typedef struct {
  port port;
  modem modem;
  int wait_fd;     /* becomes readable when there is something to do; notifier.c */
  int notifier_fd; /* part of it */
  bool is_notified;
  bool watches_write;   /* wait_fd tells as well when the port takes more */
  core_task *listener;  /* whose coroutine waits on wait_fd */
  int64_t reclaimed_ms; /* when abandoned calls were looked for last */
  bool is_closed;
  bool dtr;      /* level that was set last */
  int loops;     /* since the last wait */
  at_error lost; /* why the port is gone; kind NONE while it is not */
  char buffer[CORE_READ_SIZE];
} core_modem;

/* Which of the tasks below a userdata holds. */
typedef enum {
  CORE_CLEANUP,
  CORE_COMMAND,
  CORE_CONTEXTS,
  CORE_ACTIVATION,
  CORE_DEACTIVATION,
  CORE_LOGIN,
  CORE_REQUEST,
  CORE_DOWNLOAD,
  CORE_UPLOAD,
  CORE_UFS_DOWNLOAD,
  CORE_UFS_UPLOAD
} core_task_kind;

/* A call. It is alive as long as the coroutine that made it. */
struct core_task {
  core_modem *owner; /* kept alive by the user value */
  core_task_kind kind;
  int wake_fd; /* an eventfd, written when its turn comes; -1 until it has to wait */
  union {
    modem_task task;
    ftp_cleanup cleanup;
    modem_command command;
    pdp_list contexts;
    pdp_activation activation;
    pdp_deactivation deactivation;
    ftp_login login;
    ftp_request request;
    ftp_download download;
    ftp_upload upload;
    ufs_download ufs_download;
    ufs_upload ufs_upload;
  } as;
};

/* core.c: what all others push. */

/* Set a field of the table at the top. Functions are added one by one, as a row of a
 * luaL_Reg takes 64 bytes of flash for what two arguments say. */
void core_set_function(lua_State *L, const char *name, lua_CFunction function);
void core_set_integer(lua_State *L, const char *name, int64_t value);
void core_set_boolean(lua_State *L, const char *name, bool value);
void core_set_string(lua_State *L, const char *name, const char *value);

/* Pushes nil, number and text of an error; returns 3. */
int core_push_errno(lua_State *L, int error);

/* Makes the metatable of a type and leaves it at the top, for its methods. */
void core_new_type(lua_State *L, const char *type);

/* Pushes a userdata of a type and returns it, zeroed. */
void *core_new_object(lua_State *L, const char *type, size_t size);

/* modem.c: userdata, open and close. */
core_modem *core_check_modem(lua_State *L, int index);
void core_register_modem(lua_State *L);
int core_open(lua_State *L);
int core_open_loopback(lua_State *L);
int core_ports(lua_State *L);

/* pump.c: bytes between port and modem. */

/* The clock that the port lives by. */
int64_t core_now_ms(core_modem *m);

/* Moves what can be moved. Fills `event` and returns true when there is
 * something to tell; false when `t`, which may be NULL, has ended or wants
 * something, or when there is nothing to do but wait. */
bool core_pump(core_modem *m, const modem_task *t, at_event *event);

/* True when output waits for the port to take more. */
bool core_wants_write(const core_modem *m);

/* Ends all calls with `why` and wakes their coroutines. */
void core_end_all(core_modem *m, const at_error *why);

/* Pushes what wait() needs: descriptor, events and timeout in seconds or nil. */
int core_push_wait(lua_State *L, core_modem *m);

/* Pushes the seconds left until `deadline_ms`, at least 0; nil for AT_NEVER. */
void core_push_seconds_until(lua_State *L, core_modem *m, int64_t deadline_ms);

/* Pushes an event as its name and its values; returns their number. */
int core_push_event(lua_State *L, const at_event *event);

/* notifier.c: the descriptor on which a call waits for its modem. */

/* Makes wait_fd, for an open port, which need not have a descriptor. 0 or a
 * negative errno. */
int core_notifier_open(core_modem *m);
void core_notifier_close(core_modem *m);

/* Has wait_fd tell, or not tell any more, when the port takes more output. */
void core_notifier_watch(core_modem *m, bool writable);

/* The port has failed and would keep wait_fd readable for ever. */
void core_notifier_forget_port(core_modem *m);

/* Makes wait_fd readable until core_notifier_reset(). */
void core_notifier_notify(core_modem *m);
void core_notifier_reset(core_modem *m);

/* tasks.c: one constructor for each task, as methods of the modem, whose metatable is at
 * the top. */
void core_add_task_constructors(lua_State *L);

/* task.c: the userdata, its steps and results. */
void core_register_task(lua_State *L);

/* Makes a task userdata of modem 1, which must be open, and returns it, zeroed. */
core_task *core_new_task(lua_State *L, core_task_kind kind);

/* Keeps the Lua value at `index` alive as long as the task at the top. */
void core_keep_alive(lua_State *L, int index);

/* Puts the task at the top of the stack into the queue, with `timeout_ms` from
 * now; returns 1, as a Lua function that returns it. */
int core_submit(lua_State *L, core_task *t, int64_t timeout_ms);

/* Wakes the coroutine of a task that waits behind others. */
void core_wake(core_task *t);

/* Wakes the coroutine whose task has become the head of the queue. */
void core_wake_head(core_modem *m);

/* The userdata that a task is part of. */
core_task *core_task_of(modem_task *t);

/* push.c: tables of the core as Lua tables. */
void core_push_tables(lua_State *L);

/* listing.c: lines of listings, and times. */
int core_split_entry(lua_State *L);
int core_read_file_entry(lua_State *L);
int core_read_size(lua_State *L);
int core_read_time(lua_State *L);

/* watch.c: several things to wait for as one descriptor. */
int core_new_watch(lua_State *L);
void core_register_watch(lua_State *L);

/* file.c: local files. */
int core_stat(lua_State *L);
int core_sync(lua_State *L);
int core_truncate(lua_State *L);

/* poll.c: poll(2) for scripts without an event loop. */
int core_poll(lua_State *L);

/* host.c: signals and terminal, for programs. */
int core_catch_signals(lua_State *L);
int core_caught_signal(lua_State *L);
int core_terminal_width(lua_State *L);

#endif
