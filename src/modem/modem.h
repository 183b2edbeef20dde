/*
 * A modem: an AT engine and the tasks that wait for it. A task is one call of
 * the user's, a state machine that runs one exchange after the other. Tasks run
 * first in, first out; whatever leaves the channel dirty is cleaned up before
 * the next exchange of any task (resync.c).
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

typedef struct modem modem;
typedef struct modem_task modem_task;

/* What a task does. */
typedef struct {
  /* Begins: the first exchange, or the end at once. */
  void (*start)(modem_task *t, modem *m);
  /* Takes an event of the running exchange: LINE, CONNECT, DATA, DONE, FAILED.
   * True hands LINE and DATA on to the caller of modem_next(). */
  bool (*handle)(modem_task *t, modem *m, const at_event *event);
  /* Begins to make room for another task, which will find the engine idle, and
   * calls modem_make_way() when it has; does nothing where it cannot just now.
   * NULL: it never can. */
  void (*suspend)(modem_task *t, modem *m);
  /* Goes on after that. */
  void (*resume)(modem_task *t, modem *m);
  bool uses_session; /* dies with the FTP session or its PDP context */
} modem_task_class;

typedef enum {
  MODEM_TASK_NEW,
  MODEM_TASK_QUEUED,
  MODEM_TASK_RUNNING,
  MODEM_TASK_SUSPENDED, /* has made way for the head, and is the next */
  MODEM_TASK_DONE,
  MODEM_TASK_FAILED /* see error */
} modem_task_state;

/* The part that all tasks have; each embeds it as its first member. */
struct modem_task {
  const modem_task_class *class;
  const char *word; /* of its main command, such as "+QFTPGET", for errors */
  modem_task *next; /* in the queue */
  bool interrupts;  /* runs in the middle of the head where that can make way */
  modem_task_state state;
  int phase;           /* of the task's own state machine */
  int64_t deadline_ms; /* fails with a timeout then, also while queued */
  at_error error;
};

/* Cleaning a dirty channel is a task as well. */
typedef struct {
  modem_task task;
  unsigned attempts; /* unanswered probes since the last "+++" */
  bool is_proof;     /* for a task that runs, not before one */
  bool escaped;      /* data mode may have been left */
} modem_resync;

struct modem {
  at_engine engine;
  modem_task *head; /* runs, or is the next to; owns the line */
  modem_resync resync;
  const char *word;  /* of the running exchange, for errors */
  int64_t now_ms;    /* of the call in progress */
  uint64_t random;   /* state of the generator of probes; never 0 */
  at_error notice;   /* what an unsolicited line said that the exchange will die of */
  int session_cid;   /* PDP context of the session, or of the login that runs */
  bool session_open; /* a login worked, and nothing has ended the session since */
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

/* Runs until something is to be told: TRACE, URC, or LINE and DATA of the
 * running task. False when nothing more happens before new input or
 * modem_deadline(), or when the head has ended. */
bool modem_next(modem *m, int64_t now_ms, at_event *event);

/* True where the head has not begun, and can. */
bool modem_is_beginning(const modem *m);

/* Runs through what has come in before the head begins, which is not meant for it: true
 * to tell something, as modem_next(); false when all that was fed is read. Nothing begins. */
bool modem_next_older(modem *m, int64_t now_ms, at_event *event);

/* When modem_next() wants to be called again; AT_NEVER. */
int64_t modem_deadline(const modem *m);

/* --- for tasks ---------------------------------------------------------- */

/* Begins an exchange. `word` is the command's, such as "+QIACT", for errors.
 * A command that cannot be written fails the task. */
void modem_begin(modem *m, modem_task *t, const char *word, const at_builder *b,
                 const at_exchange *how);

/* An exchange of `word` alone, whose replies begin with `word`: "+CSQ" sends
 * AT+CSQ. */
void modem_begin_simple(modem *m, modem_task *t, const char *word, uint32_t timeout_ms);

/* Has the resync prove that the module is in command mode and has nothing more
 * to say: DONE with OK follows, or the task fails with kind FRAMING where data
 * mode had to be left or lines came that mean nothing. For a payload whose end
 * could only be guessed. */
void modem_prove_command_mode(modem *m);

/* For DONE and FAILED: true where the exchange ended with OK; otherwise the
 * task has failed. */
bool modem_succeeded(modem *m, modem_task *t, const at_event *event);

/* The error that a DONE or FAILED event stands for; kind NONE for OK. */
at_error modem_event_error(const modem *m, const at_event *event);

/* The head has suspended itself, and the engine is idle: whoever wants to
 * interrupt it by now goes first. */
void modem_make_way(modem *m);

void modem_task_finish(modem *m, modem_task *t);
void modem_task_fail(modem *m, modem_task *t, const at_error *why);
void modem_task_fail_as(modem *m, modem_task *t, at_error_kind kind, const char *word,
                        const char *detail);

/* Milliseconds left until the task's deadline, at least 1, at most `limit_ms`. */
uint32_t modem_task_time_left_ms(const modem *m, const modem_task *t, uint32_t limit_ms);

/* True for a task that has ended. */
bool modem_task_has_ended(const modem_task *t);

/* The next of a sequence of numbers that nobody can guess from the outside. */
uint64_t modem_random(modem *m);

/* The class of the resync task. */
extern const modem_task_class modem_resync_class;

#endif
