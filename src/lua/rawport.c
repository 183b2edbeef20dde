#include "lua/rawport.h"

#include <errno.h>

#include "lua/helpers.h"
#include "port/port.h"

#define RAW_PORT_TYPE "bg96.core.rawport"

enum { READ_SIZE = 4096 };

/* The port at 1; `ops` is NULL once it is closed. */
static port *check_port(lua_State *L) {
  return luaL_checkudata(L, 1, RAW_PORT_TYPE);
}

int core_open_raw_port(lua_State *L) {
  static const char *const flows[] = {"none", "rtscts", NULL};
  lua_Integer baudrate = luaL_checkinteger(L, 2);
  luaL_argcheck(L, baudrate > 0 && baudrate <= INT32_MAX, 2, "out of range");
  port_settings settings = {
      .path = luaL_checkstring(L, 1),
      .baudrate = (uint32_t)baudrate,
      .flowcontrol = luaL_checkoption(L, 3, "none", flows) == 0 ? PORT_FLOW_NONE : PORT_FLOW_RTSCTS,
  };
  port *p = core_new_object(L, RAW_PORT_TYPE, sizeof *p);
  int result = port_open(p, &settings);
  if (result == 0) return 1;
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
  return core_push_errno(L, -result);
}

static int push_count(lua_State *L, ssize_t result) {
  if (result < 0) return core_push_errno(L, (int)-result);
  lua_pushinteger(L, (lua_Integer)result);
  return 1;
}

static int push_success(lua_State *L, int result) {
  if (result < 0) return core_push_errno(L, -result);
  lua_pushboolean(L, 1);
  return 1;
}

static int method_read(lua_State *L) {
  char bytes[READ_SIZE];
  port *p = check_port(L);
  lua_Integer max = luaL_optinteger(L, 2, READ_SIZE);
  luaL_argcheck(L, max >= 1 && max <= READ_SIZE, 2, "out of range");
  ssize_t count = p->ops ? p->ops->read(p, bytes, (size_t)max) : -EBADF;
  if (count < 0) return core_push_errno(L, (int)-count);
  lua_pushlstring(L, bytes, (size_t)count);
  return 1;
}

static int method_write(lua_State *L) {
  size_t len;
  port *p = check_port(L);
  const char *bytes = luaL_checklstring(L, 2, &len);
  return push_count(L, p->ops ? p->ops->write(p, bytes, len) : -EBADF);
}

static int method_unsent(lua_State *L) {
  port *p = check_port(L);
  return push_count(L, p->ops ? p->ops->count_unsent(p) : -EBADF);
}

static int method_set_baudrate(lua_State *L) {
  port *p = check_port(L);
  lua_Integer rate = luaL_checkinteger(L, 2);
  luaL_argcheck(L, rate > 0 && rate <= INT32_MAX, 2, "out of range");
  return push_success(L, p->ops ? p->ops->set_baudrate(p, (uint32_t)rate) : -EBADF);
}

static int method_descriptor(lua_State *L) {
  const port *p = check_port(L);
  lua_pushinteger(L, p->ops ? p->fd : -1);
  return 1;
}

static int method_close(lua_State *L) {
  port *p = check_port(L);
  if (p->ops) p->ops->close(p);
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
  return 0;
}

void core_register_raw_port(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"read", method_read},
      {"write", method_write},
      {"unsent", method_unsent},
      {"set_baudrate", method_set_baudrate},
      {"descriptor", method_descriptor},
      {"close", method_close},
      {"__gc", method_close},
      {NULL, NULL},
  };
  core_new_type(L, RAW_PORT_TYPE, methods);
}
