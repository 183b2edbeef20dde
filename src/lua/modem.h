/* The userdata of a modem. Its methods are in methods.c. */
#ifndef BG96_LUA_MODEM_H
#define BG96_LUA_MODEM_H

#include <stdbool.h>

#include "lua/compat.h"
#include "lua/notifier.h"
#include "modem/modem.h"
#include "port/port.h"

enum {
  CORE_READ_SIZE = 4096,
  CORE_STEP_LOOPS = 16 /* reads or writes before a step gives way to others */
};

typedef struct core_call core_call;
typedef struct core_turn core_turn;

typedef struct {
  port port;
  port clock; /* the port as it was opened: its clock goes on when it is closed */
  modem modem;
  core_notifier notifier;
  core_call *listener;  /* whose coroutine waits on the notifier */
  core_turn *turns;     /* turn.c */
  int64_t reclaimed_ms; /* when abandoned calls were looked for last */
  int64_t stepped_ms;   /* when the head of the queue was stepped last, or became it */
  bool is_closed;
  bool dtr;             /* level that was set last */
  uint32_t baudrate;    /* of the port */
  int loops;            /* since the last wait */
  int64_t overdue_ms;   /* since when a deadline is over, and input goes on; or 0 */
  int64_t send_from_ms; /* payload that waits in the host has made room for more then */
  at_error lost;        /* why the port is gone, or closed; kind NONE while it is neither */
  char buffer[CORE_READ_SIZE];
} core_modem;

#define CORE_MODEM_TYPE "bg96.core.modem"

/* The modem at `index`, open or not; a Lua error where it is something else. */
core_modem *core_check_modem(lua_State *L, int index);

/* Pushes a closed modem. */
core_modem *core_new_modem(lua_State *L);

/* Opens a modem whose port is open. `baudrate` and `seed` as for modem_init(). Returns 0 or
 * a negative errno; the port is then still open. */
int core_modem_open(core_modem *m, uint32_t baudrate, uint64_t seed);

/* Has the port run at `rate` as well, what the engine counts with; 0 changes nothing. One that
 * the port refuses was refused before, when it was asked for (methods.c). The port must not
 * be lost. */
void core_follow_baudrate(core_modem *m, uint32_t rate);

/* True once the port has failed or was closed: nothing may be asked of it. */
bool core_modem_is_lost(const core_modem *m);

/* Milliseconds of the clock that the port lives by, also when it is closed. */
int64_t core_now_ms(core_modem *m);

#endif
