#include "lua/listing.h"

#include "ftp/listing.h"
#include "lua/helpers.h"
#include "modem/ufs.h"

/* Names of facts are the same in any case (RFC 3659, 7.1). */
static void push_lower(lua_State *L, const char *text, size_t len) {
  char *lower = lua_newuserdata(L, len);
  for (size_t i = 0; i < len; i++) {
    char c = text[i];
    lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  lua_pushlstring(L, lower, len);
  lua_remove(L, -2);
}

int core_split_entry(lua_State *L) {
  size_t len;
  ftp_entry entry;
  ftp_fact fact;
  const char *line = luaL_checklstring(L, 1, &len);
  if (!ftp_entry_read(line, len, &entry)) return 0;
  lua_pushlstring(L, entry.name, entry.name_len);
  lua_newtable(L);
  while (ftp_entry_take_fact(&entry, &fact)) {
    push_lower(L, fact.name, fact.name_len);
    lua_pushlstring(L, fact.value, fact.value_len);
    lua_settable(L, -3);
  }
  return 2;
}

int core_read_file_entry(lua_State *L) {
  size_t len, name_len;
  int64_t size;
  const char *name;
  const char *line = luaL_checklstring(L, 1, &len);
  if (!ufs_entry_read(line, len, &name, &name_len, &size)) return 0;
  lua_pushlstring(L, name, name_len);
  compat_push_int64(L, size);
  return 2;
}

int core_read_size(lua_State *L) {
  size_t len;
  int64_t size;
  const char *text = luaL_checklstring(L, 1, &len);
  if (!ftp_size_read(text, len, &size)) return 0;
  compat_push_int64(L, size);
  return 1;
}

int core_read_time(lua_State *L) {
  size_t len;
  int64_t seconds;
  const char *text = luaL_checklstring(L, 1, &len);
  if (!ftp_time_read(text, len, &seconds)) return 0;
  compat_push_int64(L, seconds);
  return 1;
}
