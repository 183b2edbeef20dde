#ifndef BG96_LUA_PORTS_H
#define BG96_LUA_PORTS_H

#include "lua/compat.h"

/* ports() -> array of tables, one a serial port of the machine: path, and, where they are
 * known, description, manufacturer, product, serial, vid, pid. Or nil, errno, text */
int core_ports(lua_State *L);

/* holder(path) -> process id, name, whether that is this process; or nothing */
int core_holder(lua_State *L);

#endif
