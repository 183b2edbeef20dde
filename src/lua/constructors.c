/* One constructor for each kind of call, as methods of the modem. Lua has checked names
 * and ranges for good messages; what would be unsafe is checked here again, or where a command
 * is built. */
#include "lua/constructors.h"

#include <string.h>

#include "lua/helpers.h"
#include "lua/queue.h"

static uint32_t check_timeout32_ms(lua_State *L, int index) {
  int64_t timeout_ms = core_check_timeout_ms(L, index);
  return timeout_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)timeout_ms;
}

static int64_t check_position(lua_State *L, int index) {
  int64_t value = compat_check_int64(L, index);
  luaL_argcheck(L, value >= 0, index, "must not be negative");
  return value;
}

static const char *check_text(lua_State *L, int index, size_t max, size_t *len) {
  const char *text = luaL_checklstring(L, index, len);
  luaL_argcheck(L, *len <= max, index, "too long");
  return text;
}

static size_t copy_text(lua_State *L, int index, char *to, size_t size) {
  size_t len;
  const char *text = check_text(L, index, size, &len);
  memcpy(to, text, len);
  return len;
}

/* modem:clean_up(timeout_ms) */
static int clean_up(lua_State *L) {
  core_call *c = core_new_call(L, CORE_CLEANUP);
  ftp_stale_init(&c->as.stale);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:command(text, timeout_ms[, interrupts]) */
static int command(lua_State *L) {
  size_t len;
  const char *text = luaL_checklstring(L, 2, &len);
  bool interrupts = !lua_isnone(L, 4) && lua_toboolean(L, 4);
  core_call *c = core_new_call(L, CORE_COMMAND);
  luaL_argcheck(L, modem_command_init(&c->as.command, text, len), 2, "not an AT command");
  core_queue_submit(L, c, core_check_timeout_ms(L, 3));
  if (interrupts) core_queue_interrupt(c);
  return 1;
}

/* modem:contexts(timeout_ms) */
static int contexts(lua_State *L) {
  core_call *c = core_new_call(L, CORE_CONTEXTS);
  pdp_list_init(&c->as.contexts);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

static int check_cid(lua_State *L, int index) {
  lua_Integer cid = luaL_checkinteger(L, index);
  luaL_argcheck(L, cid >= 1 && cid <= PDP_CONTEXT_COUNT, index, "out of range");
  return (int)cid;
}

/* modem:activate(timeout_ms, cid[, type, auth, apn, user, password]) */
static int activate(lua_State *L) {
  lua_settop(L, 8); /* what is left out is nil, not the call */
  core_call *c = core_new_call(L, CORE_ACTIVATION);
  pdp_activation *a = &c->as.activation;
  pdp_activation_init(a);
  a->cid = check_cid(L, 3);
  a->configures = !lua_isnoneornil(L, 6);
  if (a->configures) {
    a->type = (int)luaL_checkinteger(L, 4);
    a->auth = (int)luaL_checkinteger(L, 5);
    copy_text(L, 6, a->apn, sizeof a->apn - 1);
    copy_text(L, 7, a->user, sizeof a->user - 1);
    copy_text(L, 8, a->password, sizeof a->password - 1);
  }
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:deactivate(timeout_ms, cid) */
static int deactivate(lua_State *L) {
  core_call *c = core_new_call(L, CORE_DEACTIVATION);
  pdp_deactivation_init(&c->as.deactivation, check_cid(L, 3));
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* The settings of ftp_settings[] by their names, from the table at `index`. */
static void read_settings(lua_State *L, int index, ftp_login *l) {
  for (int i = 0; i < FTP_SETTING_COUNT; i++) {
    lua_getfield(L, index, ftp_settings[i].name);
    lua_Integer value = lua_tointeger(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || value < ftp_settings[i].min ||
        value > ftp_settings[i].max) {
      luaL_error(L, "%s is out of range", ftp_settings[i].name);
    }
    l->settings[i] = (int)value;
    lua_pop(L, 1);
  }
}

/* modem:login(timeout_ms, settings, host, port, user, password[, epoch]) */
static int login(lua_State *L) {
  lua_settop(L, 8);
  luaL_checktype(L, 3, LUA_TTABLE);
  core_call *c = core_new_call(L, CORE_LOGIN);
  ftp_login *l = &c->as.login;
  ftp_login_init(l);
  read_settings(L, 3, l);
  l->open_ms = check_timeout32_ms(L, 2);
  l->host_len = copy_text(L, 4, l->host, sizeof l->host);
  l->port = (int)luaL_checkinteger(L, 5);
  l->user_len = copy_text(L, 6, l->user, sizeof l->user);
  l->password_len = copy_text(L, 7, l->password, sizeof l->password);
  l->needs_epoch = !lua_isnil(L, 8);
  if (l->needs_epoch) l->epoch = (uint32_t)compat_check_int64(L, 8);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

static ftp_command_id check_command(lua_State *L, int index) {
  const char *word = luaL_checkstring(L, index);
  for (int id = 0; id < FTP_COMMAND_COUNT; id++) {
    if (strcmp(ftp_commands[id].word, word) == 0) return (ftp_command_id)id;
  }
  luaL_argerror(L, index, "no such command");
  return FTP_COMMAND_COUNT;
}

/* modem:request(timeout_ms, word, ...) with the command's string arguments */
static int request(lua_State *L) {
  ftp_command_id id = check_command(L, 3);
  int last = lua_gettop(L);
  core_call *c = core_new_call(L, CORE_REQUEST);
  luaL_argcheck(L, last <= 5, 6, "too many arguments");
  ftp_request_init(&c->as.request, id, check_timeout32_ms(L, 2), check_timeout32_ms(L, 2));
  for (int i = 4; i <= last; i++) {
    size_t len;
    const char *text = check_text(L, i, FTP_NAME_SIZE, &len);
    ftp_request_add(&c->as.request, text, len);
  }
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:make_folder(timeout_ms, name, exists_ok) */
static int make_folder(lua_State *L) {
  lua_settop(L, 4);
  core_call *c = core_new_call(L, CORE_FOLDER);
  ftp_folder *f = &c->as.folder;
  ftp_folder_init(f, check_timeout32_ms(L, 2), lua_toboolean(L, 4));
  f->name_len = copy_text(L, 3, f->name, sizeof f->name);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:stage(timeout_ms, result_timeout_ms, word, name, local_name[, position]):
 * a transfer or listing between the server and the module's flash */
static int stage(lua_State *L) {
  size_t len;
  ftp_command_id id = check_command(L, 4);
  lua_settop(L, 7); /* what is left out is nil, not the call */
  core_call *c = core_new_call(L, CORE_REQUEST);
  ftp_request *r = &c->as.request;
  ftp_request_init(r, id, check_timeout32_ms(L, 2), check_timeout32_ms(L, 3));
  const char *name = check_text(L, 5, FTP_NAME_SIZE, &len);
  ftp_request_add(r, name, len);
  const char *local_name = check_text(L, 6, FTP_LOCAL_SIZE, &len);
  ftp_request_add(r, local_name, len);
  if (!lua_isnil(L, 7)) r->position = check_position(L, 7);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:write_file(timeout_ms, silence_ms, name, bytes): a file in UFS */
static int write_file(lua_State *L) {
  lua_settop(L, 5);
  core_call *c = core_new_call(L, CORE_UFS_UPLOAD);
  ufs_upload *u = &c->as.ufs_upload;
  ufs_upload_init(u);
  u->silence_ms = check_timeout32_ms(L, 3);
  u->name_len = copy_text(L, 4, u->name, sizeof u->name);
  u->data = luaL_checklstring(L, 5, &u->len);
  core_call_keep(L, 5);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:read_file(timeout_ms, silence_ms, name): "data" events bring it */
static int read_file(lua_State *L) {
  core_call *c = core_new_call(L, CORE_UFS_DOWNLOAD);
  ufs_download *d = &c->as.ufs_download;
  ufs_download_init(d);
  d->silence_ms = check_timeout32_ms(L, 3);
  d->name_len = copy_text(L, 4, d->name, sizeof d->name);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

/* modem:download(timeout_ms, silence_ms, word, name[, offset, length, size, doubtful_at]):
 * size is "ask" to ask for it, "known" where exactly `length` bytes will come, else nil */
static int download(lua_State *L) {
  ftp_command_id id = check_command(L, 4);
  lua_settop(L, 9); /* what is left out is nil, not the call */
  const char *size = luaL_optstring(L, 8, "");
  core_call *c = core_new_call(L, CORE_DOWNLOAD);
  ftp_download *d = &c->as.download;
  ftp_download_init(d, id);
  d->timeout_ms = check_timeout32_ms(L, 2);
  d->silence_ms = check_timeout32_ms(L, 3);
  d->name_len = copy_text(L, 5, d->name, sizeof d->name);
  if (!lua_isnoneornil(L, 6)) d->offset = check_position(L, 6);
  if (!lua_isnoneornil(L, 7)) d->length = check_position(L, 7);
  d->has_size = strcmp(size, "ask") == 0;
  if (strcmp(size, "known") == 0) d->wanted = d->length;
  if (!lua_isnil(L, 9)) d->doubtful_at = check_position(L, 9);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

static uint32_t check_count(lua_State *L, int index) {
  int64_t value = compat_check_int64(L, index);
  luaL_argcheck(L, value >= 1 && value <= INT32_MAX, index, "out of range");
  return (uint32_t)value;
}

/* modem:upload(timeout_ms, silence_ms, name, offset, share, least, most[, may_repeat]): the rule
 * for chunks as in ftp/chunks.h */
static int upload(lua_State *L) {
  lua_settop(L, 9);
  core_call *c = core_new_call(L, CORE_UPLOAD);
  ftp_upload *u = &c->as.upload;
  ftp_upload_init(u);
  u->timeout_ms = check_timeout32_ms(L, 2);
  u->silence_ms = check_timeout32_ms(L, 3);
  u->name_len = copy_text(L, 4, u->name, sizeof u->name);
  u->offset = check_position(L, 5);
  u->rule.share = check_count(L, 6);
  u->rule.least = check_count(L, 7);
  u->rule.most = check_count(L, 8);
  u->may_repeat = lua_toboolean(L, 9);
  return core_queue_submit(L, c, core_check_timeout_ms(L, 2));
}

const luaL_Reg core_constructors[] = {
    {"clean_up", clean_up},
    {"command", command},
    {"contexts", contexts},
    {"activate", activate},
    {"deactivate", deactivate},
    {"login", login},
    {"make_folder", make_folder},
    {"request", request},
    {"download", download},
    {"upload", upload},
    {"stage", stage},
    {"write_file", write_file},
    {"read_file", read_file},
    {NULL, NULL},
};
