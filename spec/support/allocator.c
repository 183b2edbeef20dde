/*
 * spec.support.allocator: makes memory run out at a chosen point, in the Lua state that
 * loads it.
 *
 *   allocator.arm(n)      n more allocations succeed, then none
 *   allocator.pause()     all succeed and none is counted, until resume()
 *   allocator.resume()
 *   allocator.disarm()    -> how many were refused
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

static struct {
  lua_Alloc original;
  void *context;
  lua_Integer left;
  lua_Integer refused;
  bool counts;
} memory;

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
  bool grows = new_size > 0 && (block == NULL || new_size > old_size);
  if (grows && memory.counts) {
    if (memory.left == 0) {
      memory.refused++;
      return NULL;
    }
    memory.left--;
  }
  return memory.original(context, block, old_size, new_size);
}

static int arm(lua_State *L) {
  memory.left = luaL_checkinteger(L, 1);
  memory.refused = 0;
  luaL_argcheck(L, !memory.original, 1, "armed already");
  memory.original = lua_getallocf(L, &memory.context);
  lua_setallocf(L, allocate, memory.context);
  memory.counts = true;
  return 0;
}

static int pause_counting(lua_State *L) {
  (void)L;
  memory.counts = false;
  return 0;
}

static int resume_counting(lua_State *L) {
  (void)L;
  memory.counts = memory.original != NULL;
  return 0;
}

static int disarm(lua_State *L) {
  memory.counts = false;
  if (memory.original) lua_setallocf(L, memory.original, memory.context);
  memory.original = NULL;
  lua_pushinteger(L, memory.refused);
  return 1;
}

static const luaL_Reg functions[] = {
    {"arm", arm},
    {"pause", pause_counting},
    {"resume", resume_counting},
    {"disarm", disarm},
};

int luaopen_spec_support_allocator(lua_State *L);

__attribute__((visibility("default"))) int luaopen_spec_support_allocator(lua_State *L) {
  lua_newtable(L);
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    lua_pushcfunction(L, functions[i].func);
    lua_setfield(L, -2, functions[i].name);
  }
  return 1;
}
