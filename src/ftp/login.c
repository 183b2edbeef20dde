#include "ftp/login.h"

#include <string.h>

#include "at/cursor.h"
#include "ftp/request.h"

const ftp_setting ftp_settings[FTP_SETTING_COUNT] = {
    [FTP_SETTING_CONTEXTID] = {"contextid", 1, 16},
    [FTP_SETTING_FILETYPE] = {"filetype", 0, 1}, /* 0 is binary, whatever the examples say */
    [FTP_SETTING_TRANSMODE] = {"transmode", 0, 1},
    [FTP_SETTING_RSPTIMEOUT] = {"rsptimeout", 20, 180},
    [FTP_SETTING_SSLTYPE] = {"ssltype", 0, 2},
    [FTP_SETTING_SSLCTXID] = {"sslctxid", 0, 5},
    [FTP_SETTING_DATA_ADDRESS] = {"data_address", 0, 1},
};

enum { PHASE_CONTEXT, PHASE_STALE, PHASE_SETTINGS, PHASE_ACCOUNT, PHASE_OPEN };

/* A compiler must not leave this out, as it may a memset() of dying memory. */
static void wipe(volatile char *secret, size_t size) {
  while (size-- > 0) *secret++ = 0;
}

void ftp_login_wipe(ftp_login *l) {
  wipe(l->password, sizeof l->password);
  l->password_len = 0;
}

static void fail(ftp_login *l, modem *m, const at_error *why) {
  ftp_login_wipe(l);
  modem_task_fail(m, &l->task, why);
}

static void set_next(ftp_login *l, modem *m) {
  const ftp_setting *setting = &ftp_settings[l->step];
  at_builder b = ftp_command_open(m, FTP_CFG);
  l->task.phase = PHASE_SETTINGS;
  at_builder_add_literal(&b, setting->name);
  at_builder_add_integer(&b, l->settings[l->step]);
  l->step++;
  ftp_command_begin(m, &l->task, FTP_CFG, &b,
                    (ftp_timeouts){FTP_LOCAL_TIMEOUT_MS, FTP_LOCAL_TIMEOUT_MS, 0});
}

static void set_account(ftp_login *l, modem *m) {
  at_builder b = ftp_command_open(m, FTP_CFG);
  at_exchange how = {.prefix = "+QFTPCFG", .timeout_ms = FTP_LOCAL_TIMEOUT_MS, .secret = true};
  l->task.phase = PHASE_ACCOUNT;
  at_builder_add_literal(&b, "account");
  at_builder_add_string(&b, l->user, l->user_len);
  at_builder_add_string(&b, l->password, l->password_len);
  modem_begin(m, &l->task, "+QFTPCFG", &b, &how);
  ftp_login_wipe(l);
}

static void open_session(ftp_login *l, modem *m) {
  uint32_t timeout_ms = (uint32_t)l->settings[FTP_SETTING_RSPTIMEOUT] * 1000;
  at_builder b = ftp_command_open(m, FTP_OPEN);
  l->task.phase = PHASE_OPEN;
  at_builder_add_string(&b, l->host, l->host_len);
  at_builder_add_integer(&b, l->port);
  ftp_command_begin(
      m, &l->task, FTP_OPEN, &b,
      (ftp_timeouts){timeout_ms + FTP_TIMEOUT_MARGIN_MS, timeout_ms + FTP_TIMEOUT_MARGIN_MS, 0});
}

/* The PDP context must be active before QFTPOPEN (manual, 2.2); asking first
 * gives an error that says so. */
static void login_start(modem_task *t, modem *m) {
  t->phase = PHASE_CONTEXT;
  at_builder b = at_engine_command(&m->engine, "+QIACT?");
  at_exchange how = {.prefix = "+QIACT", .timeout_ms = FTP_LOCAL_TIMEOUT_MS};
  ftp_login *l = (ftp_login *)t;
  if (!m->session_open) m->session_cid = l->settings[FTP_SETTING_CONTEXTID];
  l->failure = at_error_make(AT_ERROR_PDP, "+QFTPOPEN", "the PDP context is not active");
  modem_begin(m, t, "+QIACT", &b, &how);
}

static void note_context(ftp_login *l, const at_event *event) {
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t cid, state;
  if (!at_cursor_skip_prefix(&c, "+QIACT") || !at_cursor_take_integer(&c, &cid)) return;
  if (!at_cursor_take_integer(&c, &state)) return;
  if (cid == l->settings[FTP_SETTING_CONTEXTID] && state == 1) l->failure.kind = AT_ERROR_NONE;
}

/* A session of this modem's own is not closed behind its back. */
static void end_stale_session(ftp_login *l, modem *m) {
  if (m->session_open) {
    at_error why = at_error_make(AT_ERROR_FTP, "+QFTPOPEN", "a session is open: close it first");
    why.code = 603;
    fail(l, m, &why);
    return;
  }
  l->task.phase = PHASE_STALE;
  ftp_stale_start(&l->stale, &l->task, m);
}

static bool setting_applies(const ftp_login *l) {
  return l->step != FTP_SETTING_SSLCTXID || l->settings[FTP_SETTING_SSLTYPE] != 0;
}

static void make_settings(ftp_login *l, modem *m) {
  while (l->step < FTP_SETTING_COUNT && !setting_applies(l)) l->step++;
  if (l->step < FTP_SETTING_COUNT) {
    set_next(l, m);
  } else {
    set_account(l, m);
  }
}

static void finish(ftp_login *l, modem *m) {
  m->session_open = l->failure.kind == AT_ERROR_NONE;
  if (m->session_open) {
    modem_task_finish(m, &l->task);
  } else {
    fail(l, m, &l->failure);
  }
}

static void advance(ftp_login *l, modem *m) {
  if (l->failure.kind != AT_ERROR_NONE) {
    finish(l, m);
    return;
  }
  switch (l->task.phase) {
    case PHASE_CONTEXT: end_stale_session(l, m); break;
    case PHASE_SETTINGS: make_settings(l, m); break;
    case PHASE_ACCOUNT: open_session(l, m); break;
    default: finish(l, m);
  }
}

static bool login_handle(modem_task *t, modem *m, const at_event *event) {
  ftp_login *l = (ftp_login *)t;
  if (t->phase == PHASE_STALE) {
    if (ftp_stale_handle(&l->stale, t, m, event)) {
      t->deadline_ms = AT_NEVER;
      make_settings(l, m);
    }
  } else if (event->type == AT_EVENT_LINE) {
    if (t->phase == PHASE_CONTEXT) note_context(l, event);
    if (t->phase == PHASE_OPEN) l->failure = ftp_command_result(FTP_OPEN, event).error;
  } else if (modem_succeeded(m, t, event)) {
    advance(l, m);
  }
  if (t->state == MODEM_TASK_FAILED) ftp_login_wipe(l);
  return false;
}

static const modem_task_class login_class = {
    .start = login_start, .handle = login_handle, .uses_session = true};

void ftp_login_init(ftp_login *l) {
  memset(l, 0, sizeof *l);
  l->task.class = &login_class;
  l->task.word = ftp_commands[FTP_OPEN].word;
}
