/* The calls of the fuzzed modem: every kind of task, each in its own memory. */
#ifndef BG96_FUZZ_CALLS_H
#define BG96_FUZZ_CALLS_H

#include "fuzz/input.h"
#include "modem/modem.h"

enum { FUZZ_CALLS = 6 };

#define FUZZ_PASSWORD "0pen-Sesame"

typedef struct {
  modem_task *task; /* NULL: a free place */
  int kind;
  char *block;     /* of an upload, as it must stay while it is sent */
  int64_t given;   /* bytes of an upload given so far */
  uint64_t handed; /* payload bytes reported */
} fuzz_call;

/* Starts a call of the kind that the input picks, if there is a free place. Calls that have
 * ended make room. */
void fuzz_calls_start(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms);

/* Starts a command that interrupts a download. */
void fuzz_calls_interrupt(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms);

/* Gives the upload at the head, if it wants one, its next block. */
void fuzz_calls_give(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms);

/* The call whose task is `t`; NULL where there is none. */
fuzz_call *fuzz_call_of(fuzz_call *calls, const modem_task *t);

/* True for an upload that waits for the caller; `c` may be NULL. */
bool fuzz_call_wants_block(const fuzz_call *c);

/* `len` more payload bytes were reported. */
void fuzz_call_count_data(fuzz_call *c, size_t len);

/* The right number for the result of the call at the head. */
int64_t fuzz_calls_expected_count(fuzz_call *calls, const modem *m);

/* Checks what must hold for calls, first for those that have ended. */
void fuzz_calls_check(const fuzz_call *calls);

void fuzz_calls_free(fuzz_call *calls);

#endif
