/* Names by contents. */
#ifndef BG96_LUA_HASH_H
#define BG96_LUA_HASH_H

#include "lua/compat.h"

/* hash(text) -> 32 hexadecimal digits, the first half of SHA-256 (FIPS 180-4) */
int core_hash(lua_State *L);

#endif
