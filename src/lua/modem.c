#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lua/core.h"

core_modem *core_check_modem(lua_State *L, int index) {
  return luaL_checkudata(L, index, CORE_MODEM_TYPE);
}

static core_modem *new_modem(lua_State *L) {
  core_modem *m = core_new_object(L, CORE_MODEM_TYPE, sizeof *m);
  m->is_closed = true;
  m->wait_fd = m->notifier_fd = -1;
  return m;
}

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

/* open(path, baudrate, flowcontrol) -> modem, or nil, errno, text */
int core_open(lua_State *L) {
  port_settings settings = {
      .path = luaL_checkstring(L, 1),
      .baudrate = (uint32_t)luaL_checkinteger(L, 2),
      .flowcontrol = check_flow(L, 3),
  };
  core_modem *m = new_modem(L);
  int result = port_open(&m->port, &settings);
  if (result < 0) return core_push_errno(L, -result);
  result = core_notifier_open(m);
  if (result < 0) {
    m->port.ops->close(&m->port);
    return core_push_errno(L, -result);
  }
  m->is_closed = false;
  modem_init(&m->modem, settings.baudrate, draw_seed());
  return 1;
}

static void set_text(lua_State *L, const char *name, const char *value) {
  if (value[0] != '\0') core_set_string(L, name, value);
}

static void set_id(lua_State *L, const char *name, int value) {
  if (value >= 0) core_set_integer(L, name, value);
}

/* The list of ports while it is made: a table at 1, add_port() at 2. */
typedef struct {
  lua_State *L;
  const port_description *found;
  bool failed; /* the error stands at the top */
} port_table;

/* add_port(table, port_table) */
static int add_port(lua_State *L) {
  const port_table *ports = lua_touserdata(L, 2);
  const port_description *found = ports->found;
  lua_newtable(L);
  set_text(L, "path", found->path);
  set_text(L, "description", found->description);
  set_text(L, "manufacturer", found->manufacturer);
  set_text(L, "product", found->product);
  set_text(L, "serial", found->serial);
  set_id(L, "vid", found->vid);
  set_id(L, "pid", found->pid);
  lua_rawseti(L, 1, (int)lua_rawlen(L, 1) + 1);
  return 0;
}

/* An error must not jump over port_list(), which has something to free. */
static void visit_port(void *context, const port_description *found) {
  port_table *ports = context;
  if (ports->failed) return;
  ports->found = found;
  lua_pushvalue(ports->L, 2);
  lua_pushvalue(ports->L, 1);
  lua_pushlightuserdata(ports->L, ports);
  ports->failed = lua_pcall(ports->L, 2, 0, 0) != 0;
}

/* ports() -> array of tables, or nil, errno, text */
int core_ports(lua_State *L) {
  port_table ports = {L, NULL, false};
  lua_settop(L, 0);
  lua_newtable(L);
  lua_pushcfunction(L, add_port);
  int result = port_list(visit_port, &ports);
  if (ports.failed) return lua_error(L);
  if (result < 0) return core_push_errno(L, -result);
  lua_settop(L, 1);
  return 1;
}

static void close_modem(core_modem *m) {
  at_error why = at_error_make(AT_ERROR_CLOSED, "", NULL);
  if (m->is_closed) return;
  m->is_closed = true;
  m->lost = why;
  core_end_all(m, &why);
  core_notifier_close(m);
  m->port.ops->close(&m->port);
}

/* modem:close(): gives the port back; whoever still waits gets kind "closed" */
static int method_close(lua_State *L) {
  close_modem(core_check_modem(L, 1));
  return 0;
}

/* modem:end_calls(): whoever waits gets kind "closed"; the port stays open */
static int method_end_calls(lua_State *L) {
  at_error why = at_error_make(AT_ERROR_CLOSED, "", NULL);
  core_end_all(core_check_modem(L, 1), &why);
  return 0;
}

/* modem:descriptor() -> file descriptor to wait on, -1 where there is none */
static int method_descriptor(lua_State *L) {
  lua_pushinteger(L, core_check_modem(L, 1)->wait_fd);
  return 1;
}

/* modem:wants() -> descriptor, events, seconds: what wait() needs now */
static int method_wants(lua_State *L) {
  return core_push_wait(L, core_check_modem(L, 1));
}

/* modem:poll() -> "urc", line | "trace", direction, text | nothing: takes what
 * has come in while no call was running */
static int method_poll(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  at_event event;
  if (m->is_closed || m->modem.head) return 0;
  m->loops = 0; /* no wait of a call stands between two of these */
  return core_pump(m, NULL, &event) ? core_push_event(L, &event) : 0;
}

/* modem:subscribe(prefix) -> boolean: false where no place is left */
static int method_subscribe(lua_State *L) {
  size_t len;
  core_modem *m = core_check_modem(L, 1);
  const char *prefix = luaL_checklstring(L, 2, &len);
  lua_pushboolean(L, at_urc_subscribe(&m->modem.engine.urc, prefix, len));
  return 1;
}

static int method_unsubscribe(lua_State *L) {
  size_t len;
  core_modem *m = core_check_modem(L, 1);
  const char *prefix = luaL_checklstring(L, 2, &len);
  at_urc_unsubscribe(&m->modem.engine.urc, prefix, len);
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

/* modem:forget_session(): whatever has become of it; the next login ends what the
 * module still holds */
static int method_forget_session(lua_State *L) {
  core_check_modem(L, 1)->modem.session_open = false;
  return 0;
}

/* modem:is_lost() -> boolean: the port failed, or was closed */
static int method_is_lost(lua_State *L) {
  lua_pushboolean(L, core_check_modem(L, 1)->lost.kind != AT_ERROR_NONE);
  return 1;
}

/* modem:now() -> seconds of the clock that the port lives by */
static int method_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)core_now_ms(core_check_modem(L, 1)) / 1000);
  return 1;
}

/* modem:use_dtr() -> true, or nil, errno, text where there is no such line */
static int method_use_dtr(lua_State *L) {
  core_modem *m = core_check_modem(L, 1);
  int result = m->port.ops->set_dtr(&m->port, true);
  if (result < 0) return core_push_errno(L, -result);
  m->dtr = true;
  at_engine_use_dtr(&m->modem.engine);
  lua_pushboolean(L, 1);
  return 1;
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

/* --- a loopback port, for specs ------------------------------------------ */

static loopback *check_loopback(lua_State *L, int index) {
  return luaL_checkudata(L, index, CORE_LOOPBACK_TYPE);
}

/* loopback(room, baudrate, seed) -> modem, loopback */
int core_open_loopback(lua_State *L) {
  size_t room = (size_t)luaL_checkinteger(L, 1);
  uint32_t baudrate = (uint32_t)luaL_checkinteger(L, 2);
  uint64_t seed = (uint64_t)luaL_checkinteger(L, 3);
  core_modem *m = new_modem(L);
  loopback *l = core_new_object(L, CORE_LOOPBACK_TYPE, sizeof *l);
  l->write_room = room;
  loopback_open(&m->port, l);
  int result = core_notifier_open(m);
  if (result < 0) return core_push_errno(L, -result);
  m->is_closed = false;
  modem_init(&m->modem, baudrate, seed);
  lua_newtable(L); /* the modem keeps its loopback alive */
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, -3);
  return 2;
}

/* loopback:give(bytes) -> how many fitted */
static int loopback_method_give(lua_State *L) {
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  lua_pushinteger(L, (lua_Integer)loopback_give(check_loopback(L, 1), bytes, len));
  return 1;
}

/* loopback:take(max) -> bytes that the driver wrote */
static int loopback_method_take(lua_State *L) {
  char bytes[LOOPBACK_QUEUE_SIZE];
  lua_Integer max = lua_isnoneornil(L, 2) ? LOOPBACK_QUEUE_SIZE : luaL_checkinteger(L, 2);
  luaL_argcheck(L, max >= 0 && max <= LOOPBACK_QUEUE_SIZE, 2, "out of range");
  lua_pushlstring(L, bytes, loopback_take(check_loopback(L, 1), bytes, (size_t)max));
  return 1;
}

/* loopback:pending() -> bytes that the driver wrote and nobody took */
static int loopback_method_pending(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_loopback(L, 1)->from_driver.used);
  return 1;
}

/* loopback:set_time(seconds) */
static int loopback_method_set_time(lua_State *L) {
  check_loopback(L, 1)->now_ms = (int64_t)(luaL_checknumber(L, 2) * 1000);
  return 0;
}

/* loopback:fail(errno): reads and writes fail from now on */
static int loopback_method_fail(lua_State *L) {
  check_loopback(L, 1)->error = (int)luaL_checkinteger(L, 2);
  return 0;
}

/* loopback:dtr() -> level that the driver has set */
static int loopback_method_dtr(lua_State *L) {
  lua_pushboolean(L, check_loopback(L, 1)->dtr);
  return 1;
}

/* loopback:flushes() -> how often output was thrown away */
static int loopback_method_flushes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_loopback(L, 1)->flushes);
  return 1;
}

void core_register_modem(lua_State *L) {
  core_new_type(L, CORE_MODEM_TYPE);
  core_set_function(L, "close", method_close);
  core_set_function(L, "end_calls", method_end_calls);
  core_set_function(L, "descriptor", method_descriptor);
  core_set_function(L, "wants", method_wants);
  core_set_function(L, "poll", method_poll);
  core_set_function(L, "subscribe", method_subscribe);
  core_set_function(L, "unsubscribe", method_unsubscribe);
  core_set_function(L, "trace", method_trace);
  core_set_function(L, "is_session_open", method_is_session_open);
  core_set_function(L, "forget_session", method_forget_session);
  core_set_function(L, "is_lost", method_is_lost);
  core_set_function(L, "now", method_now);
  core_set_function(L, "random", method_random);
  core_set_function(L, "use_dtr", method_use_dtr);
  core_set_function(L, "distrust", method_distrust);
  core_set_function(L, "queue_length", method_queue_length);
  core_set_function(L, "__gc", method_close);
  core_add_task_constructors(L);
  core_new_type(L, CORE_LOOPBACK_TYPE);
  core_set_function(L, "give", loopback_method_give);
  core_set_function(L, "take", loopback_method_take);
  core_set_function(L, "pending", loopback_method_pending);
  core_set_function(L, "set_time", loopback_method_set_time);
  core_set_function(L, "fail", loopback_method_fail);
  core_set_function(L, "flushes", loopback_method_flushes);
  core_set_function(L, "dtr", loopback_method_dtr);
  lua_pop(L, 2);
}
