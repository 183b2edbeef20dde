#include "ftp/login.h"

#include <string.h>

#include "ftp/exchange.h"
#include "modem/pdp.h"

const ftp_setting ftp_settings[FTP_SETTING_COUNT] = {
    [FTP_SETTING_CONTEXTID] = {"contextid", 1, 16},
    [FTP_SETTING_FILETYPE] = {"filetype", 0, 1}, /* 0 is binary, whatever the examples say */
    [FTP_SETTING_TRANSMODE] = {"transmode", 0, 1},
    [FTP_SETTING_RSPTIMEOUT] = {"rsptimeout", 20, 180},
    [FTP_SETTING_SSLTYPE] = {"ssltype", 0, 2},
    [FTP_SETTING_SSLCTXID] = {"sslctxid", 0, 5},
    [FTP_SETTING_DATA_ADDRESS] = {"data_address", 0, 1},
};

/* A compiler must not leave this out, as it may a memset() of dying memory. */
static void wipe(modem_task *t) {
  ftp_login *l = (ftp_login *)t;
  volatile char *secret = l->password;
  for (size_t i = 0; i < sizeof l->password; i++) secret[i] = 0;
  l->password_len = 0;
}

static const modem_step setting_step, account_step, open_step;

/* --- the PDP context --------------------------------------------------------- */

/* It must be active before QFTPOPEN (manual, 2.2); asking first gives an error that
 * says so. */
static void context_begin(modem_task *t, modem *m) {
  ftp_login *l = (ftp_login *)t;
  if (!m->session_open) m->session_cid = l->settings[FTP_SETTING_CONTEXTID];
  pdp_query_begin(m, t);
}

static void context_line(modem_task *t, modem *m, const at_event *event) {
  ftp_login *l = (ftp_login *)t;
  pdp_context context;
  (void)m;
  if (!pdp_context_read(event, &context)) return;
  if (context.cid == l->settings[FTP_SETTING_CONTEXTID]) l->is_active = context.active;
}

/* A session of this modem's own is not closed behind its back. */
static void context_next(modem_task *t, modem *m) {
  at_error why = at_error_make(AT_ERROR_FTP, "+QFTPOPEN", "a session is open: close it first");
  why.code = 603;
  if (!((ftp_login *)t)->is_active) {
    modem_task_fail_as(m, t, AT_ERROR_PDP, "+QFTPOPEN", "the PDP context is not active");
  } else if (m->session_open) {
    modem_task_fail(m, t, &why);
  } else {
    modem_task_go(m, t, &ftp_stale_step);
  }
}

/* --- QFTPCFG -------------------------------------------------------------------- */

_Static_assert((int)FTP_SETTING_COUNT == (int)MODEM_SETTING_COUNT, "a bit and a value for each");
_Static_assert(FTP_SETTING_COUNT <= 8, "a bit for each");

static bool is_known(const ftp_login *l, const modem *m) {
  const modem_settings *s = &m->settings;
  bool is_set = s->known & (1u << l->setting) && s->values[l->setting] == l->settings[l->setting];
  return is_set && s->epoch == modem_epoch(m);
}

static void note_setting(const ftp_login *l, modem *m) {
  modem_settings *s = &m->settings;
  uint32_t epoch = modem_epoch(m);
  if (s->epoch != epoch) s->known = 0;
  s->epoch = epoch;
  s->known |= (uint8_t)(1u << l->setting);
  s->values[l->setting] = (uint8_t)l->settings[l->setting];
}

static bool is_wanted(const ftp_login *l, const modem *m) {
  bool applies = l->setting != FTP_SETTING_SSLCTXID || l->settings[FTP_SETTING_SSLTYPE] != 0;
  return applies && !is_known(l, m);
}

/* The next setting that is to be made, or the account. */
static void setting_begin(modem_task *t, modem *m) {
  ftp_login *l = (ftp_login *)t;
  t->deadline_ms = AT_NEVER; /* from here on each exchange has its own */
  while (l->setting < FTP_SETTING_COUNT && !is_wanted(l, m)) l->setting++;
  if (l->setting == FTP_SETTING_COUNT) {
    modem_task_go(m, t, &account_step);
    return;
  }
  const ftp_setting *setting = &ftp_settings[l->setting];
  at_builder b = ftp_command_open(m, FTP_CFG);
  at_builder_add_literal(&b, setting->name);
  at_builder_add_integer(&b, l->settings[l->setting]);
  ftp_command_begin_local(m, t, FTP_CFG, &b);
}

static void skip_setting(ftp_login *l, modem *m) {
  l->setting++;
  modem_task_go(m, &l->stale.task, &setting_step);
}

static void setting_next(modem_task *t, modem *m) {
  note_setting((ftp_login *)t, m);
  skip_setting((ftp_login *)t, m);
}

/* Firmware from before FTPS lacks two settings, and does what they would ask for: no
 * TLS, and data connections to where the server says. */
static bool is_optional(const ftp_login *l) {
  return l->setting == FTP_SETTING_DATA_ADDRESS ||
         (l->setting == FTP_SETTING_SSLTYPE && l->settings[FTP_SETTING_SSLTYPE] == 0);
}

static void setting_failed(modem_task *t, modem *m, const at_error *why) {
  bool is_refused = why->kind == AT_ERROR_CME || why->kind == AT_ERROR_PLAIN ||
                    (why->kind == AT_ERROR_FTP && why->code == 610);
  if (is_refused && is_optional((ftp_login *)t)) {
    skip_setting((ftp_login *)t, m);
  } else {
    modem_task_fail(m, t, why);
  }
}

/* The account is given to no server that is not verified as the script wants it: a module that
 * has restarted verifies nobody. True where the task has failed. */
static bool fail_after_restart(ftp_login *l, modem *m) {
  if (!l->needs_epoch || modem_epoch(m) == l->epoch) return false;
  modem_task_fail_as(m, &l->stale.task, AT_ERROR_RESET, "+QFTPOPEN",
                     "the module has lost its TLS settings");
  return true;
}

static void account_begin(modem_task *t, modem *m) {
  ftp_login *l = (ftp_login *)t;
  if (fail_after_restart(l, m)) return;
  at_builder b = ftp_command_open(m, FTP_CFG);
  at_exchange how = {.words = "+QFTPCFG", .timeout_ms = FTP_LOCAL_TIMEOUT_MS, .secret = true};
  at_builder_add_literal(&b, "account");
  at_builder_add_string(&b, l->user, l->user_len);
  at_builder_add_string(&b, l->password, l->password_len);
  modem_begin(m, t, "+QFTPCFG", &b, &how);
  wipe(t);
}

static void account_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &open_step);
}

/* --- QFTPOPEN -------------------------------------------------------------------- */

static void open_begin(modem_task *t, modem *m) {
  ftp_login *l = (ftp_login *)t;
  if (fail_after_restart(l, m)) return;
  at_builder b = ftp_command_open(m, FTP_OPEN);
  at_builder_add_string(&b, l->host, l->host_len);
  at_builder_add_integer(&b, l->port);
  ftp_command_begin(m, t, FTP_OPEN, &b,
                    (ftp_timeouts){.final_ms = l->open_ms, .result_ms = l->open_ms});
}

static void open_line(modem_task *t, modem *m, const at_event *event) {
  (void)m;
  ((ftp_login *)t)->failure = ftp_command_result(FTP_OPEN, event).error;
}

/* A setting may be the reason: one that has reached the module as another, for one. */
static void open_failed(modem_task *t, modem *m, const at_error *why) {
  m->settings.known = 0;
  modem_task_fail(m, t, why);
}

static void open_next(modem_task *t, modem *m) {
  ftp_login *l = (ftp_login *)t;
  if (l->failure.kind == AT_ERROR_NONE) {
    modem_open_session(m);
    modem_task_finish(m, t);
  } else {
    open_failed(t, m, &l->failure);
  }
}

static const modem_step context_step = {
    .begin = context_begin, .line = context_line, .next = context_next};
static const modem_step setting_step = {
    .begin = setting_begin, .next = setting_next, .failed = setting_failed};
static const modem_step account_step = {.begin = account_begin, .next = account_next};
static const modem_step open_step = {
    .begin = open_begin, .line = open_line, .next = open_next, .failed = open_failed};

static const modem_task_class login_class = {
    .first = &context_step, .wipe = wipe, .uses_session = true};

void ftp_login_init(ftp_login *l) {
  memset(l, 0, sizeof *l);
  l->stale.task.class = &login_class;
  l->stale.task.word = ftp_commands[FTP_OPEN].word;
  l->stale.then = &setting_step;
}
