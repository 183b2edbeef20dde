/* Texts that go to people: without secrets, and harmless to a terminal. */
#ifndef BG96_LUA_TEXT_H
#define BG96_LUA_TEXT_H

#include "lua/compat.h"

/* Pushes `text` with each byte that a terminal might obey, or that is no UTF-8, as \xHH. */
void core_push_escaped(lua_State *L, const char *text, size_t len);

/* mask(text) -> the text with its secrets as ***, as a trace shows it */
int core_mask(lua_State *L);

/* escape(text) -> the text with control characters and broken UTF-8 as \xHH */
int core_escape(lua_State *L);

#endif
