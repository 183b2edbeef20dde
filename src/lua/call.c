#include "lua/call.h"

#include "lua/helpers.h"

core_call *core_check_call(lua_State *L) {
  return luaL_checkudata(L, 1, CORE_CALL_TYPE);
}

core_call *core_new_call(lua_State *L, core_call_kind kind) {
  core_call *c = core_new_waiter(L, CORE_CALL_TYPE, sizeof *c);
  c->kind = kind;
  return c;
}

void core_call_keep(lua_State *L, int index) {
  core_keep_alive(L, index, CORE_SLOT_CHUNK);
}

/* A core_call has its modem_task at a fixed place. */
core_call *core_call_of(modem_task *task) {
  return (core_call *)(void *)((char *)task - offsetof(core_call, as));
}

bool core_call_has_ended(const core_call *c) {
  return modem_task_has_ended(&c->as.task);
}

bool core_call_wants_block(const core_call *c) {
  return c->kind == CORE_UPLOAD && !core_call_has_ended(c) && c->as.upload.wants_block;
}

void core_call_wipe(core_call *c) {
  modem_task *t = &c->as.task;
  if (t->class && t->class->wipe) t->class->wipe(t);
}
