/* How a call has ended, as the values that its last step returns. */
#ifndef BG96_LUA_RESULT_H
#define BG96_LUA_RESULT_H

#include "lua/call.h"

/* Pushes "failed", kind, code, protocol, command, detail, transferred, reason; returns 8.
 * What is not known is nil; `transferred` is negative then. */
int core_push_failure(lua_State *L, const at_error *e, int64_t transferred);

/* Pushes "done" and the value of a call that has ended, or its failure; returns their
 * number. */
int core_push_result(lua_State *L, const core_call *c);

#endif
