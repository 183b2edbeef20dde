/* A serial port without a modem behind it: bytes in and out, for programs that look at the
 * module's bytes themselves. The lock is that of any other opener. */
#ifndef BG96_LUA_RAWPORT_H
#define BG96_LUA_RAWPORT_H

#include "lua/compat.h"

/* raw_port(path, baudrate, flowcontrol) -> port, or nil, errno, text. No method waits; on a
 * port that is closed each of them but close() fails with EBADF.
 *
 *   port:read([max]) -> bytes, "" where none are there; or nil, errno, text
 *   port:write(bytes) -> how many were accepted; or nil, errno, text
 *   port:unsent() -> how many have not left the host; or nil, errno, text
 *   port:set_baudrate(rate) -> true; or nil, errno, text
 *   port:descriptor() -> what to wait on, -1 where it is closed
 *   port:close(), also by the collector */
int core_open_raw_port(lua_State *L);

void core_register_raw_port(lua_State *L);

#endif
