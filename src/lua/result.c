#include "lua/result.h"

#include "lua/helpers.h"

static void push_context(lua_State *L, const pdp_context *c) {
  static const char *const types[] = {"", "ipv4", "ipv6", "ipv4v6"};
  lua_newtable(L);
  core_set_integer(L, "cid", c->cid);
  core_set_boolean(L, "active", c->active);
  core_set_string(L, "type", types[c->type]);
  core_set_string(L, "address", c->address);
}

static void push_contexts(lua_State *L, const pdp_list *l) {
  lua_newtable(L);
  for (size_t i = 0; i < l->count; i++) {
    push_context(L, &l->contexts[i]);
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static void push_request(lua_State *L, const ftp_request *r) {
  switch (ftp_commands[r->id].result) {
    case FTP_RESULT_NUMBER: compat_push_int64(L, r->number); break;
    case FTP_RESULT_TEXT: lua_pushlstring(L, r->text, r->text_len); break;
    default: lua_pushboolean(L, 1);
  }
}

static void push_value(lua_State *L, const core_call *c) {
  switch (c->kind) {
    case CORE_CONTEXTS: push_contexts(L, &c->as.contexts); break;
    case CORE_ACTIVATION: lua_pushstring(L, c->as.activation.found.address); break;
    case CORE_REQUEST: push_request(L, &c->as.request); break;
    case CORE_DOWNLOAD: compat_push_int64(L, c->as.download.received); break;
    case CORE_UPLOAD: compat_push_int64(L, c->as.upload.confirmed); break;
    case CORE_UFS_DOWNLOAD: compat_push_int64(L, c->as.ufs_download.received); break;
    case CORE_UFS_UPLOAD: compat_push_int64(L, (int64_t)c->as.ufs_upload.len); break;
    default: lua_pushboolean(L, 1);
  }
}

static int64_t count_transferred(const core_call *c) {
  switch (c->kind) {
    case CORE_DOWNLOAD: return c->as.download.received;
    case CORE_UPLOAD: return c->as.upload.confirmed;
    case CORE_UFS_DOWNLOAD: return c->as.ufs_download.received;
    default: return -1;
  }
}

int core_push_failure(lua_State *L, const at_error *e, int64_t transferred) {
  lua_pushliteral(L, "failed");
  lua_pushstring(L, at_error_kind_name(e->kind));
  core_push_unless_negative(L, e->code);
  core_push_unless_negative(L, e->protocol > 0 ? e->protocol : -1);
  lua_pushstring(L, e->command);
  lua_pushstring(L, e->detail);
  core_push_unless_negative(L, transferred);
  lua_pushstring(L, at_error_reason_name(e->reason));
  return 8;
}

int core_push_result(lua_State *L, const core_call *c) {
  const modem_task *task = &c->as.task;
  if (task->state == MODEM_TASK_FAILED) {
    return core_push_failure(L, &task->error, count_transferred(c));
  }
  lua_pushliteral(L, "done");
  push_value(L, c);
  return 2;
}
