#include "lua/methods.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lua/constructors.h"
#include "lua/event.h"
#include "lua/helpers.h"
#include "lua/modem.h"
#include "lua/pump.h"
#include "lua/queue.h"
#include "lua/turn.h"
#include "lua/wait.h"

/* The probes of a resync must differ from those of the process before. */
static uint64_t draw_seed(void) {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed) return seed;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static port_flow check_flow(lua_State *L, int index) {
  const char *name = luaL_checkstring(L, index);
  if (strcmp(name, "rtscts") == 0) return PORT_FLOW_RTSCTS;
  luaL_argcheck(L, strcmp(name, "none") == 0, index, "neither none nor rtscts");
  return PORT_FLOW_NONE;
}

int core_open(lua_State *L) {
  port_settings settings = {
      .path = luaL_checkstring(L, 1),
      .baudrate = (uint32_t)luaL_checkinteger(L, 2),
      .flowcontrol = check_flow(L, 3),
  };
  core_modem *m = core_new_modem(L);
  int result = port_open(&m->port, &settings);
  if (result < 0) return core_push_errno(L, -result);
  result = core_modem_open(m, settings.baudrate, draw_seed());
  if (result < 0) {
    m->port.ops->close(&m->port);
    return core_push_errno(L, -result);
  }
  return 1;
}

static void close_modem(core_modem *m) {
  at_error why = at_error_make(AT_ERROR_CLOSED, "", NULL);
  if (m->is_closed) return;
  m->is_closed = true;
  m->lost = why;
  core_end_all(m, &why);
  core_notifier_close(&m->notifier);
  m->port.ops->close(&m->port);
}

/* modem:close(): gives the port back; whoever still waits gets kind "closed" */
static int method_close(lua_State *L) {
  close_modem(core_check_modem(L, 1));
  return 0;
}

/* modem:end_calls(): whoever waits, for the modem or for a turn, gets kind "closed"; the
 * port stays open */
static int method_end_calls(lua_State *L) {
  at_error why = at_error_make(AT_ERROR_CLOSED, "", NULL);
  core_end_all(core_check_modem(L, 1), &why);
  return 0;
}

/* modem:descriptor() -> file descriptor to wait on, -1 where there is none */
static int method_descriptor(lua_State *L) {
  lua_pushinteger(L, core_check_modem(L, 1)->notifier.wait_fd);
  return 1;
}

/* modem:wants() -> descriptor, events, seconds: what wait() needs now; -1, "r", nil where
 * nothing will come any more */
static int method_wants(lua_State *L) {
  return core_push_wait(L, core_check_modem(L, 1));
}

/* modem:poll() -> "urc", line | "trace", direction, text | nothing: takes what
 * has come in while no call was running */
static int method_poll(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  at_event event;
  if (core_modem_is_lost(m) || m->modem.head) return 0;
  m->loops = 0; /* no wait of a call stands between two of these */
  if (core_pump(m, NULL, &event)) return core_push_event(L, &event);
  core_notifier_reset(&m->notifier); /* what a call has left there would end every wait at once */
  core_watch_port(m);
  return 0;
}

/* modem:subscribe(prefix) -> boolean: false where no place is left */
static int method_subscribe(lua_State *L) {
  size_t len;
  core_modem *m = core_check_modem(L, 1);
  const char *prefix = luaL_checklstring(L, 2, &len);
  lua_pushboolean(L, at_engine_subscribe(&m->modem.engine, prefix, len));
  return 1;
}

static int method_unsubscribe(lua_State *L) {
  size_t len;
  core_modem *m = core_check_modem(L, 1);
  const char *prefix = luaL_checklstring(L, 2, &len);
  at_engine_unsubscribe(&m->modem.engine, prefix, len);
  return 0;
}

/* modem:trace(on): turns "trace" events on or off */
static int method_trace(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  at_engine_set_tracing(&m->modem.engine, lua_toboolean(L, 2));
  return 0;
}

/* modem:random() -> an integer from 0 to 2^32 - 1 */
static int method_random(lua_State *L) {
  uint64_t number = modem_random(&core_check_modem(L, 1)->modem);
  compat_push_int64(L, (int64_t)(number >> 32));
  return 1;
}

/* modem:is_session_open() -> boolean */
static int method_is_session_open(lua_State *L) {
  lua_pushboolean(L, core_check_modem(L, 1)->modem.session_open);
  return 1;
}

/* modem:session() -> number of the last login that worked; 0 before the first */
static int method_session(lua_State *L) {
  compat_push_int64(L, core_check_modem(L, 1)->modem.session);
  return 1;
}

/* modem:epoch() -> a number that changes where the module may have restarted */
static int method_epoch(lua_State *L) {
  compat_push_int64(L, modem_epoch(&core_check_modem(L, 1)->modem));
  return 1;
}

/* modem:forget_session(): whatever has become of it; the next login ends what the
 * module still holds */
static int method_forget_session(lua_State *L) {
  core_check_modem(L, 1)->modem.session_open = false;
  return 0;
}

/* modem:is_lost() -> boolean: the port failed, or was closed */
static int method_is_lost(lua_State *L) {
  lua_pushboolean(L, core_modem_is_lost(core_check_modem(L, 1)));
  return 1;
}

static int method_is_closed(lua_State *L) {
  lua_pushboolean(L, core_check_modem(L, 1)->is_closed);
  return 1;
}

/* modem:now() -> seconds of the clock that the port lives by, also when it is closed */
static int method_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)core_now_ms(core_check_modem(L, 1)) / 1000);
  return 1;
}

/* 0 or a negative errno. */
static int raise_dtr(core_modem *m) {
  return core_modem_is_lost(m) ? -EBADF : m->port.ops->set_dtr(&m->port, true);
}

/* modem:use_dtr() -> true, or nil, errno, text where there is no such line */
static int method_use_dtr(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  int result = raise_dtr(m);
  if (result < 0) return core_push_errno(L, -result);
  m->dtr = m->modem.resync.uses_dtr = true;
  at_engine_use_dtr(&m->modem.engine);
  lua_pushboolean(L, 1);
  return 1;
}

/* modem:keep_flowcontrol(): AT+IFC=2,2 is sent again after each restart of the module */
static int method_keep_flowcontrol(lua_State *L) {
  core_check_modem(L, 1)->modem.resync.uses_flow = true;
  return 0;
}

/* 0 or a negative errno, as port_ops has it. */
static int try_port_rate(core_modem *m, uint32_t rate) {
  return core_modem_is_lost(m) ? -EBADF : m->port.ops->set_baudrate(&m->port, rate);
}

static void add_rate(core_modem *m, lua_State *L, int index) {
  uint32_t rate = (uint32_t)luaL_checkinteger(L, index);
  if (rate > 0 && try_port_rate(m, rate) == 0) modem_rates_add(&m->modem.resync.rates, rate);
}

/* modem:set_rates(wanted[, rate, ...]) -> true, or nil, errno, text where the port does not
 * have `wanted`: the next resync looks for the module at the others as well, which are left
 * out where the port does not have them, and raises it to `wanted`, unless that is 0. The
 * port takes each rate for a moment: nothing may be on its way */
static int method_set_rates(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  uint32_t wanted = (uint32_t)luaL_checkinteger(L, 2);
  int result = wanted == 0 ? 0 : try_port_rate(m, wanted);
  int count = lua_gettop(L);
  if (result == 0) {
    modem_rates_init(&m->modem.resync.rates, &m->modem.engine);
    for (int i = 3; i <= count; i++) add_rate(m, L, i);
    add_rate(m, L, 2);
    modem_rates_want(&m->modem.resync.rates, wanted);
  }
  if (m->baudrate > 0) try_port_rate(m, m->baudrate);
  if (result < 0) return core_push_errno(L, -result);
  lua_pushboolean(L, 1);
  return 1;
}

/* modem:baudrate() -> bits a second of the line, and whether the last try to raise it has
 * failed: nil, "refused" or "silent" */
static int method_baudrate(lua_State *L) {
  static const char *const failures[] = {[MODEM_RATE_UNTRIED] = NULL,
                                         [MODEM_RATE_REFUSED] = "refused",
                                         [MODEM_RATE_SILENT] = "silent"};
  core_modem *m = core_check_modem(L, 1);
  lua_pushinteger(L, (lua_Integer)at_engine_baudrate(&m->modem.engine));
  lua_pushstring(L, failures[m->modem.resync.rates.failure]);
  return 2;
}

/* modem:expect_rate(rate): the module is about to restart, and is there again at `rate` */
static int method_expect_rate(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  uint32_t rate = (uint32_t)luaL_checkinteger(L, 2);
  if (core_modem_is_lost(m)) return 0;
  at_engine_set_baudrate(&m->modem.engine, rate);
  at_engine_set_dirty(&m->modem.engine, false);
  core_follow_baudrate(m, rate);
  return 0;
}

/* modem:distrust(): the module may be in any state; the next call finds out */
static int method_distrust(lua_State *L) {
  at_engine_set_dirty(&core_check_modem(L, 1)->modem.engine, false);
  return 0;
}

/* modem:queue_length() -> calls that run or wait */
static int method_queue_length(lua_State *L) {
  lua_Integer count = 0;
  for (modem_task *t = core_check_modem(L, 1)->modem.head; t; t = t->next) count++;
  lua_pushinteger(L, count);
  return 1;
}

void core_register_modem(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"close", method_close},
      {"end_calls", method_end_calls},
      {"descriptor", method_descriptor},
      {"wants", method_wants},
      {"poll", method_poll},
      {"subscribe", method_subscribe},
      {"unsubscribe", method_unsubscribe},
      {"trace", method_trace},
      {"is_session_open", method_is_session_open},
      {"session", method_session},
      {"epoch", method_epoch},
      {"forget_session", method_forget_session},
      {"is_lost", method_is_lost},
      {"is_closed", method_is_closed},
      {"now", method_now},
      {"random", method_random},
      {"use_dtr", method_use_dtr},
      {"keep_flowcontrol", method_keep_flowcontrol},
      {"set_rates", method_set_rates},
      {"baudrate", method_baudrate},
      {"expect_rate", method_expect_rate},
      {"distrust", method_distrust},
      {"queue_length", method_queue_length},
      {"__gc", method_close},
      {"take_turn", core_take_turn},
      {NULL, NULL},
  };
  core_new_type(L, CORE_MODEM_TYPE, methods);
  luaL_getmetatable(L, CORE_MODEM_TYPE);
  core_set_functions(L, core_constructors);
  lua_pop(L, 1);
}
