#include "lua/ports.h"

#include <unistd.h>

#include "lua/helpers.h"
#include "port/holder.h"
#include "port/port.h"

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

int core_holder(lua_State *L) {
  port_holder holder;
  if (!port_find_holder(luaL_checkstring(L, 1), &holder)) return 0;
  lua_pushinteger(L, (lua_Integer)holder.pid);
  lua_pushstring(L, holder.name);
  lua_pushboolean(L, holder.pid == getpid());
  return 3;
}
