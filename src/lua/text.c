#include "lua/text.h"

#include <stdbool.h>

#include "at/mask.h"

/* Bytes of the character that begins with `lead`; 0 where none does. */
static size_t length_by_lead(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/* Whether the second byte may follow the first: no overlong forms, no surrogates, nothing
 * above U+10FFFF (RFC 3629), and no control characters, U+0080 to U+009F. */
static bool is_second(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xc2: return second >= 0xa0;
    case 0xe0: return second >= 0xa0;
    case 0xed: return second < 0xa0;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second < 0x90;
    default: return true;
  }
}

/* Bytes of the character at `text` that may be shown; 0 for a byte that may not. */
static size_t character_length(const unsigned char *text, size_t left) {
  size_t len = length_by_lead(text[0]);
  if (len == 1) return text[0] >= 0x20 && text[0] != 0x7f;
  if (len > left) return 0;
  for (size_t i = 1; i < len; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  return len > 0 && is_second(text[0], text[1]) ? len : 0;
}

static void add_escape(luaL_Buffer *b, unsigned char byte) {
  static const char digits[] = "0123456789abcdef";
  char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  luaL_addlstring(b, escape, sizeof escape);
}

void core_push_escaped(lua_State *L, const char *text, size_t len) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < len;) {
    const unsigned char *at = (const unsigned char *)text + i;
    size_t used = character_length(at, len - i);
    if (used > 0) {
      luaL_addlstring(&b, text + i, used);
    } else {
      add_escape(&b, *at);
    }
    i += used > 0 ? used : 1;
  }
  luaL_pushresult(&b);
}

int core_escape(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  core_push_escaped(L, text, len);
  return 1;
}

int core_mask(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 1, &len);
  char *masked = lua_newuserdata(L, len + 3); /* secret or not, it is never longer */
  lua_pushlstring(L, masked, at_mask_secrets(text, len, masked, len + 3));
  return 1;
}
