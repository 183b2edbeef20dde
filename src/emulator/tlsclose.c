/*
 * bg96.emulator.tlsclose: ends a TLS connection properly. cqueues closes a socket without
 * the close_notify alert (RFC 5246, 7.2.1), and a server then treats the file as truncated.
 *
 *   notify(ssl) -> true    sends the alert; ssl is what socket:checktls() returns.
 *                          False if the TLS library cannot be found
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1 /* dlsym of any library, by its handle */
#endif

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

typedef int shutdown_function(void *ssl);

/* SSL_shutdown of the OpenSSL that luaossl has loaded. Linking OpenSSL would make it a
 * dependency, and perhaps another version than luaossl's. */
static bool find_shutdown(shutdown_function **found) {
  static const char *const names[] = {"libssl.so.3", "libssl.so.1.1", "libssl.so"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    void *library = dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = library ? dlsym(library, "SSL_shutdown") : NULL;
    if (library) dlclose(library); /* luaossl still holds it */
    if (symbol) {
      memcpy(found, &symbol, sizeof symbol); /* ISO C does not cast to function pointers */
      return true;
    }
  }
  return false;
}

static int tls_notify(lua_State *L) {
  void **ssl = luaL_checkudata(L, 1, "SSL*");
  shutdown_function *shut_down;
  bool can = find_shutdown(&shut_down);
  if (can) shut_down(*ssl);
  lua_pushboolean(L, can);
  return 1;
}

int luaopen_bg96_emulator_tlsclose(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_emulator_tlsclose(lua_State *L) {
  lua_newtable(L);
  lua_pushcfunction(L, tls_notify);
  lua_setfield(L, -2, "notify");
  return 1;
}
