#include "fuzz/calls.h"

#include <string.h>

#include "ftp/download.h"
#include "ftp/login.h"
#include "ftp/request.h"
#include "ftp/stale.h"
#include "ftp/upload.h"
#include "modem/command.h"
#include "modem/pdp.h"
#include "modem/ufs.h"

enum { TIMEOUT_MS = 95000, SILENCE_MS = 30000 };

typedef enum {
  KIND_COMMAND,
  KIND_DOWNLOAD,
  KIND_LISTING,
  KIND_UPLOAD,
  KIND_REQUEST,
  KIND_LOGIN,
  KIND_ACTIVATION,
  KIND_DEACTIVATION,
  KIND_CONTEXTS,
  KIND_UFS_UPLOAD,
  KIND_UFS_DOWNLOAD,
  KIND_CLEANUP,
  KIND_COUNT
} call_kind;

/* --- one constructor a kind ---------------------------------------------- */

static modem_task *make_command(fuzz_input *in) {
  static const char *const texts[] = {"+CSQ", "+CGMI", "", "+QIACT?", "+QFTPSTAT", "O"};
  modem_command *c = malloc(sizeof *c);
  const char *text = texts[fuzz_take_byte(in) % (sizeof texts / sizeof texts[0])];
  FUZZ_CHECK(modem_command_init(c, text, strlen(text)));
  return &c->task;
}

static modem_task *make_download(fuzz_input *in) {
  ftp_download *d = malloc(sizeof *d);
  ftp_download_init(d, FTP_GET);
  d->timeout_ms = TIMEOUT_MS;
  d->silence_ms = SILENCE_MS;
  uint8_t how = fuzz_take_byte(in);
  d->has_size = how & 1;
  if (how & 2) d->offset = fuzz_take_byte(in);
  if (how & 4) d->length = fuzz_take_word(in);
  memcpy(d->name, "name", d->name_len = 4);
  return &d->task;
}

static modem_task *make_listing(fuzz_input *in) {
  static const ftp_command_id ids[] = {FTP_LIST, FTP_NLST, FTP_MLSD};
  ftp_download *d = malloc(sizeof *d);
  ftp_download_init(d, ids[fuzz_take_byte(in) % 3]);
  d->timeout_ms = TIMEOUT_MS;
  d->silence_ms = SILENCE_MS;
  memcpy(d->name, ".", d->name_len = 1);
  return &d->task;
}

static modem_task *make_upload(fuzz_input *in) {
  ftp_upload *u = malloc(sizeof *u);
  ftp_upload_init(u);
  u->timeout_ms = TIMEOUT_MS;
  u->silence_ms = SILENCE_MS;
  u->offset = fuzz_take_byte(in);
  u->rule = (ftp_chunk_rule){.share = 64, .least = 1 + fuzz_take_byte(in) * 16u, .most = 1u << 20};
  u->may_repeat = u->offset & 1;
  memcpy(u->name, "name", u->name_len = 4);
  return &u->task;
}

static modem_task *make_request(fuzz_input *in) {
  static const ftp_command_id ids[] = {FTP_CWD, FTP_PWD,  FTP_SIZE,  FTP_MDTM,
                                       FTP_LEN, FTP_STAT, FTP_CLOSE, FTP_DEL};
  ftp_request *r = malloc(sizeof *r);
  ftp_command_id id = ids[fuzz_take_byte(in) % (sizeof ids / sizeof ids[0])];
  ftp_request_init(r, id, TIMEOUT_MS, TIMEOUT_MS);
  if (ftp_commands[id].arguments[0] != FTP_ARGUMENT_NONE) ftp_request_add(r, "name", 4);
  return &r->task;
}

static modem_task *make_login(fuzz_input *in) {
  ftp_login *l = malloc(sizeof *l);
  ftp_login_init(l);
  l->open_ms = TIMEOUT_MS;
  for (int i = 0; i < FTP_SETTING_COUNT; i++) l->settings[i] = ftp_settings[i].min;
  l->port = 21;
  memcpy(l->host, "host", l->host_len = 4);
  l->user_len = fuzz_take_byte(in) % (sizeof l->user + 1);
  memset(l->user, 'u', l->user_len);
  memcpy(l->password, FUZZ_PASSWORD, l->password_len = strlen(FUZZ_PASSWORD));
  return &l->stale.task;
}

static modem_task *make_activation(fuzz_input *in) {
  pdp_activation *a = malloc(sizeof *a);
  pdp_activation_init(a);
  a->cid = 1 + fuzz_take_byte(in) % PDP_CONTEXT_COUNT;
  a->configures = fuzz_take_byte(in) & 1;
  a->type = PDP_TYPE_IPV4;
  a->auth = PDP_AUTH_CHAP;
  strcpy(a->apn, "internet");
  strcpy(a->user, "user");
  strcpy(a->password, FUZZ_PASSWORD);
  return &a->task;
}

static modem_task *make_deactivation(fuzz_input *in) {
  pdp_deactivation *d = malloc(sizeof *d);
  pdp_deactivation_init(d, 1 + fuzz_take_byte(in) % PDP_CONTEXT_COUNT);
  return &d->task;
}

static modem_task *make_contexts(void) {
  pdp_list *l = malloc(sizeof *l);
  pdp_list_init(l);
  return &l->task;
}

static modem_task *make_ufs_upload(fuzz_input *in) {
  static const char data[256];
  ufs_upload *u = malloc(sizeof *u);
  ufs_upload_init(u);
  u->silence_ms = SILENCE_MS;
  u->data = data;
  u->len = fuzz_take_byte(in);
  memcpy(u->name, "name", u->name_len = 4);
  return &u->task;
}

static modem_task *make_ufs_download(void) {
  ufs_download *d = malloc(sizeof *d);
  ufs_download_init(d);
  d->silence_ms = SILENCE_MS;
  memcpy(d->name, "name", d->name_len = 4);
  return &d->task;
}

static modem_task *make_cleanup(void) {
  ftp_stale *r = malloc(sizeof *r);
  ftp_stale_init(r);
  return &r->task;
}

static modem_task *make(call_kind kind, fuzz_input *in) {
  switch (kind) {
    case KIND_COMMAND: return make_command(in);
    case KIND_DOWNLOAD: return make_download(in);
    case KIND_LISTING: return make_listing(in);
    case KIND_UPLOAD: return make_upload(in);
    case KIND_REQUEST: return make_request(in);
    case KIND_LOGIN: return make_login(in);
    case KIND_ACTIVATION: return make_activation(in);
    case KIND_DEACTIVATION: return make_deactivation(in);
    case KIND_CONTEXTS: return make_contexts();
    case KIND_UFS_UPLOAD: return make_ufs_upload(in);
    case KIND_UFS_DOWNLOAD: return make_ufs_download();
    default: return make_cleanup();
  }
}

/* --- places ---------------------------------------------------------------- */

static void release(fuzz_call *c) {
  free(c->block);
  free(c->task);
  memset(c, 0, sizeof *c);
}

static fuzz_call *find_place(fuzz_call *calls) {
  for (int i = 0; i < FUZZ_CALLS; i++) {
    if (calls[i].task && modem_task_has_ended(calls[i].task)) release(&calls[i]);
    if (!calls[i].task) return &calls[i];
  }
  return NULL;
}

static modem_task *start(fuzz_call *calls, modem *m, call_kind kind, fuzz_input *in,
                         int64_t now_ms) {
  fuzz_call *c = find_place(calls);
  if (!c) return NULL;
  c->kind = (int)kind;
  c->task = make(kind, in);
  modem_submit(m, c->task, now_ms + TIMEOUT_MS);
  return c->task;
}

void fuzz_calls_start(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms) {
  call_kind kind = (call_kind)(fuzz_take_byte(in) % KIND_COUNT);
  start(calls, m, kind, in, now_ms);
}

void fuzz_calls_interrupt(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms) {
  modem_task *t = start(calls, m, KIND_COMMAND, in, now_ms);
  if (t) modem_interrupt(m, t, now_ms);
}

fuzz_call *fuzz_call_of(fuzz_call *calls, const modem_task *t) {
  for (int i = 0; i < FUZZ_CALLS; i++) {
    if (calls[i].task == t) return &calls[i];
  }
  return NULL;
}

void fuzz_calls_free(fuzz_call *calls) {
  for (int i = 0; i < FUZZ_CALLS; i++) release(&calls[i]);
}

/* --- payload ----------------------------------------------------------------- */

static bool is_download(const fuzz_call *c) {
  return c->kind == KIND_DOWNLOAD || c->kind == KIND_LISTING;
}

bool fuzz_call_wants_block(const fuzz_call *c) {
  return c && c->kind == KIND_UPLOAD && ((const ftp_upload *)c->task)->wants_block;
}

void fuzz_calls_give(fuzz_call *calls, modem *m, fuzz_input *in, int64_t now_ms) {
  fuzz_call *c = m->head ? fuzz_call_of(calls, m->head) : NULL;
  size_t len = fuzz_take_word(in);
  bool is_last = fuzz_take_byte(in) & 1;
  if (!fuzz_call_wants_block(c)) return;
  if (len == 0) is_last = true;
  if (len == 0 && c->given > 0) len = 1; /* only the first may be empty */
  free(c->block);
  c->block = calloc(1, len ? len : 1);
  c->given += (int64_t)len;
  ftp_upload_give((ftp_upload *)c->task, m, c->block, len, is_last, now_ms);
}

void fuzz_call_count_data(fuzz_call *c, size_t len) {
  FUZZ_CHECK(c && (is_download(c) || c->kind == KIND_UFS_DOWNLOAD));
  c->handed += len;
}

int64_t fuzz_calls_expected_count(fuzz_call *calls, const modem *m) {
  const fuzz_call *c = m->head ? fuzz_call_of(calls, m->head) : NULL;
  if (c && c->kind == KIND_UPLOAD) return (int64_t)((const ftp_upload *)c->task)->chunk_len;
  if (!c || !is_download(c)) return 4;
  const ftp_download *d = (const ftp_download *)c->task;
  return d->wanted < 0 && d->has_size ? 300 : d->received - d->before;
}

/* --- what must hold ------------------------------------------------------------ */

static void check_done(const fuzz_call *c) {
  if (c->kind == KIND_UPLOAD) {
    FUZZ_CHECK(((const ftp_upload *)c->task)->confirmed == c->given);
  } else if (is_download(c)) {
    const ftp_download *d = (const ftp_download *)c->task;
    FUZZ_CHECK(d->wanted < 0 || d->received == d->wanted);
  } else if (c->kind == KIND_UFS_DOWNLOAD) {
    const ufs_download *d = (const ufs_download *)c->task;
    FUZZ_CHECK(d->received == d->size);
  }
}

void fuzz_calls_check(const fuzz_call *calls) {
  for (int i = 0; i < FUZZ_CALLS; i++) {
    const fuzz_call *c = &calls[i];
    if (!c->task) continue;
    if (is_download(c))
      FUZZ_CHECK((uint64_t)((const ftp_download *)c->task)->received == c->handed);
    if (c->task->state == MODEM_TASK_DONE) check_done(c);
    if (c->task->state == MODEM_TASK_FAILED) FUZZ_CHECK(c->task->error.kind != AT_ERROR_NONE);
  }
}
