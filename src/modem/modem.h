/*
 * A modem: an AT engine and the tasks that wait for it. A task is one call of
 * the user's, which runs one exchange after the other. Tasks run first in, first
 * out; whatever leaves the channel dirty is cleaned up before the next exchange of
 * any task. That resync is the modem's own: it goes on where it was when the task
 * that met it has run out of time (resync.c).
 *
 * Like the engine, it makes no system call and allocates nothing: a modem and
 * each task live in the caller's memory. Lua's garbage collector may take a
 * task at any time; modem_withdraw() then makes that safe.
 */
#ifndef BG96_MODEM_MODEM_H
#define BG96_MODEM_MODEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/engine.h"
#include "modem/resync.h"
#include "modem/task.h"
#include "modem/uplink.h"

enum { MODEM_SETTING_COUNT = 7 };

/* Settings of QFTPCFG that the module is known to have: those that it took from a login. */
typedef struct {
  uint32_t epoch; /* they are of; see modem_epoch() */
  uint8_t known;  /* a bit for each */
  uint8_t values[MODEM_SETTING_COUNT];
} modem_settings;

struct modem {
  at_engine engine;
  modem_task *head; /* runs, or is the next to; owns the line */
  modem_resync resync;
  const char *word;      /* of the running exchange, for errors */
  int64_t now_ms;        /* of the call in progress */
  at_error notice;       /* what an unsolicited line said of the end of the exchange */
  int session_cid;       /* PDP context of the session, or of the login that runs */
  bool session_open;     /* a login worked, and nothing has ended the session since */
  bool session_in_doubt; /* a call was given up: the module may be busy with it; settle.c */
  uint32_t session;      /* number of that login; 0 before the first */
  uint32_t epoch;        /* see modem_epoch() */
  struct {
    bool is_busy;     /* the module has said so */
    int64_t status;   /* what QFTPSTAT has said */
    int64_t begun_ms; /* with the task that asks */
  } settle;           /* of settle.c, which finds out what that call has left */

  modem_settings settings;
  modem_uplink uplink;
};

/* Makes `m` empty; its channel is taken for dirty, as nothing is known of it.
 * `seed` should differ from run to run. */
void modem_init(modem *m, uint32_t baudrate, uint64_t seed);

/* --- the queue ---------------------------------------------------------- */

/* Puts `t`, whose class and word are set and which stays where it is until it has ended,
 * behind the others. */
void modem_submit(modem *m, modem_task *t, int64_t deadline_ms);

/* Lets `t`, which is in the queue, run in the middle of the head as soon as that
 * can make way for it; where it cannot, `t` keeps its place. */
void modem_interrupt(modem *m, modem_task *t, int64_t now_ms);

/* Takes `t` out, wherever it stands, as failed with `why`. Its exchange is
 * given up. Nothing happens where it has ended. */
void modem_withdraw(modem *m, modem_task *t, const at_error *why);

/* Fails a task that is still waiting behind others when its deadline passes. */
void modem_expire(modem *m, modem_task *t, int64_t now_ms);

/* --- the run ------------------------------------------------------------ */

/* Reads what was fed to the engine, until something is to be told: TRACE, URC, or LINE
 * and DATA of the running task. False when all of it is used up, or when the head has
 * ended. No task begins, and no time passes. */
bool modem_read(modem *m, int64_t now_ms, at_event *event);

/* Lets time pass, and the head begin, until something is to be told, as above. To be
 * called when modem_read() has used up all that has come in: that counts before the
 * clock does, and what came before a task began is not its reply. False when nothing more happens
 * before new input or modem_deadline(), or when the head has ended. */
bool modem_run(modem *m, int64_t now_ms, at_event *event);

/* When modem_run() is to be called again; AT_NEVER. */
int64_t modem_deadline(const modem *m);

/* --- what a restart takes along -------------------------------------------- */

/* A login has worked: its session is open, and every older one is over. */
void modem_open_session(modem *m);

/* Counts the times that the module may have restarted. What was set for it at another count
 * is not relied on. A dirty channel counts as well: nobody knows yet what has happened. */
uint32_t modem_epoch(const modem *m);

/* --- for tasks ---------------------------------------------------------- */

/* Begins an exchange. `word` is the command's, such as "+QIACT", for errors.
 * A command that cannot be written fails the task. */
void modem_begin(modem *m, modem_task *t, const char *word, const at_builder *b,
                 const at_exchange *how);

/* Has the resync prove that the module is in command mode and has nothing more
 * to say. The step that runs then ends well, or the task fails with kind FRAMING,
 * where data mode had to be left or lines came that mean nothing. For a payload
 * whose end could only be guessed. */
void modem_prove_command_mode(modem *m);

/* The head has suspended itself, and the engine is idle: whoever wants to
 * interrupt it by now goes first. */
void modem_make_way(modem *m);

/* Ends the running task, well. */
void modem_task_finish(modem *m, modem_task *t);

/* Ends it with an error. Where the network may be the reason, the modem first listens
 * for a moment, as the module may say what has happened behind the result; then the
 * error is of that kind, with the numbers of `why`. */
void modem_task_fail(modem *m, modem_task *t, const at_error *why);

/* The same, of an error without numbers. */
void modem_task_fail_as(modem *m, modem_task *t, at_error_kind kind, const char *word,
                        const char *detail);

/* Milliseconds left until the task's deadline, at least 1, at most `limit_ms`. */
uint32_t modem_task_time_left_ms(const modem *m, const modem_task *t, uint32_t limit_ms);

/* The next of a sequence of numbers that nobody can guess from the outside. */
uint64_t modem_random(modem *m);

#endif
