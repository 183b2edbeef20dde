/*
 * Tasks: a call as a sequence of exchanges. Each exchange is a step, a const row of
 * functions; a step says which one follows it. So the order of a task's commands can
 * be read from its steps, and what a reply means stands beside the command.
 */
#ifndef BG96_MODEM_TASK_H
#define BG96_MODEM_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "at/engine.h"

typedef struct modem modem;
typedef struct modem_task modem_task;

/* One exchange of a task. */
typedef struct {
  /* Begins the exchange; or goes on to another step; or ends the task. */
  void (*begin)(modem_task *t, modem *m);
  /* Takes a reply or the result line; NULL: they do not matter. */
  void (*line)(modem_task *t, modem *m, const at_event *event);
  /* Data mode has begun: receives, transmits or escapes. */
  void (*connect)(modem_task *t, modem *m);
  /* Takes payload, which is handed on to the caller as well. */
  void (*data)(modem_task *t, modem *m, const at_event *event);
  /* The exchange has ended: goes on to another step, or ends the task. */
  void (*next)(modem_task *t, modem *m);
  /* It has ended with an error; NULL: the task fails with that. */
  void (*failed)(modem_task *t, modem *m, const at_error *why);
  bool hands_on; /* its lines are handed on to the caller */
} modem_step;

/* What a kind of task does. */
typedef struct {
  const modem_step *first;
  /* Goes before that where the session is in doubt, and goes on to it; NULL: nothing. */
  const modem_step *settle;
  /* Begins to make room for another task, which will find the engine idle, and
   * calls modem_make_way() when it has; does nothing where it cannot just now.
   * NULL: it never can. */
  void (*suspend)(modem_task *t, modem *m);
  const modem_step *resume;    /* goes on after that */
  void (*wipe)(modem_task *t); /* removes secrets, once the task has ended; or NULL */
  bool uses_session;           /* dies with the FTP session or its PDP context */
  bool needs_session;          /* runs in the session that was open when the call was made */
  bool has_own_deadlines;      /* once it runs, its exchanges have theirs, and it has none */
} modem_task_class;

typedef enum {
  MODEM_TASK_NEW,
  MODEM_TASK_QUEUED,
  MODEM_TASK_RUNNING,
  MODEM_TASK_FAILING,   /* has failed, and listens for the reason */
  MODEM_TASK_SUSPENDED, /* has made way for the head, and is the next */
  MODEM_TASK_DONE,
  MODEM_TASK_FAILED /* see error */
} modem_task_state;

/* The part that all tasks have; each embeds it as its first member. */
struct modem_task {
  const modem_task_class *class;
  const modem_step *step; /* that runs */
  const char *word;       /* of its main command, such as "+QFTPGET", for errors */
  modem_task *next;       /* in the queue */
  bool interrupts;        /* runs in the middle of the head where that can make way */
  bool is_due;            /* its step begins as soon as all that has come in is read */
  modem_task_state state;
  uint32_t session;    /* in which it is to run; 0: in any, or in none */
  int64_t deadline_ms; /* fails with a timeout then, also while queued */
  at_error error;
};

/* Has the running task go on with a step, which begins as soon as all that has come in is
 * read: what came before a command is not its reply. */
void modem_task_go(modem *m, modem_task *t, const modem_step *step);

/* True for a task that has ended. */
bool modem_task_has_ended(const modem_task *t);

/* True while a task has the line: it runs, or listens for the reason of its failure. */
static inline bool modem_task_is_active(const modem_task *t) {
  return t->state == MODEM_TASK_RUNNING || t->state == MODEM_TASK_FAILING;
}

#endif
