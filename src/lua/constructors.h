#ifndef BG96_LUA_CONSTRUCTORS_H
#define BG96_LUA_CONSTRUCTORS_H

#include "lua/compat.h"

/* Methods of a modem, each of which puts a new call into its queue and returns it. Ends with
 * {NULL, NULL}. */
extern const luaL_Reg core_constructors[];

#endif
