#include "modem/pdp.h"

#include <string.h>

#include "at/cursor.h"

enum { QUERY_MS = 10000 };

/* --- AT+QIACT? ---------------------------------------------------------- */

void pdp_query_begin(modem *m, modem_task *t) {
  at_builder b = at_engine_command(&m->engine, "+QIACT?");
  at_exchange how = {.words = "+QIACT", .timeout_ms = QUERY_MS};
  modem_begin(m, t, "+QIACT", &b, &how);
}

static void copy_address(pdp_context *context, at_cursor *c) {
  const char *text;
  size_t len;
  if (!at_cursor_take_string(c, &text, &len)) return;
  if (len > sizeof context->address - 1) len = sizeof context->address - 1;
  memcpy(context->address, text, len);
}

bool pdp_context_read(const at_event *event, pdp_context *context) {
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t cid, state, type;
  memset(context, 0, sizeof *context);
  if (!at_cursor_skip_prefix(&c, "+QIACT") || !at_cursor_take_integer(&c, &cid) ||
      !at_cursor_take_integer(&c, &state) || !at_cursor_take_integer(&c, &type)) {
    return false;
  }
  if (cid < 1 || cid > PDP_CONTEXT_COUNT || type > PDP_TYPE_IPV4V6) return false;
  context->cid = (int)cid;
  context->active = state == 1;
  context->type = (int)type;
  copy_address(context, &c);
  return true;
}

/* Keeps the row of context `cid`. */
static void find_context(const at_event *event, int cid, pdp_context *found) {
  pdp_context context;
  if (pdp_context_read(event, &context) && context.cid == cid) *found = context;
}

/* A session dies with its context. */
static void lose_session(modem *m, int cid) {
  if (cid == m->session_cid) m->session_open = false;
}

static void finish(modem_task *t, modem *m) {
  modem_task_finish(m, t);
}

/* --- list --------------------------------------------------------------- */

static void list_begin(modem_task *t, modem *m) {
  pdp_query_begin(m, t);
}

static void list_line(modem_task *t, modem *m, const at_event *event) {
  pdp_list *l = (pdp_list *)t;
  (void)m;
  if (l->count < PDP_CONTEXT_COUNT && pdp_context_read(event, &l->contexts[l->count])) l->count++;
}

static const modem_step list_step = {.begin = list_begin, .line = list_line, .next = finish};

static const modem_task_class list_class = {.first = &list_step};

void pdp_list_init(pdp_list *l) {
  memset(l, 0, sizeof *l);
  l->task.class = &list_class;
  l->task.word = "+QIACT";
}

/* --- activation: step 1 of section 1.1 ---------------------------------- */

static const modem_step query_step, settings_step, deactivate_step, configure_step, activate_step,
    result_step;

static void begin_with_cid(modem *m, modem_task *t, const char *word, int cid,
                           const at_exchange *how) {
  at_builder b = at_engine_command(&m->engine, word);
  at_builder_add_integer(&b, cid);
  modem_begin(m, t, word, &b, how);
}

static void begin_deactivation(modem *m, modem_task *t, int cid) {
  begin_with_cid(m, t, "+QIDEACT", cid,
                 &(at_exchange){.words = "+QIDEACT", .timeout_ms = PDP_DEACTIVATE_MS});
}

static void query_begin(modem_task *t, modem *m) {
  pdp_activation *a = (pdp_activation *)t;
  memset(&a->found, 0, sizeof a->found);
  pdp_query_begin(m, t);
}

static void query_line(modem_task *t, modem *m, const at_event *event) {
  pdp_activation *a = (pdp_activation *)t;
  (void)m;
  find_context(event, a->cid, &a->found);
}

/* What is active with the right settings stays; what is active with others has to be
 * deactivated first. */
static void choose(modem_task *t, modem *m) {
  pdp_activation *a = (pdp_activation *)t;
  bool is_right = a->is_configured || !a->configures;
  if (a->found.active && is_right) {
    modem_task_finish(m, t);
  } else if (a->found.active) {
    modem_task_go(m, t, &deactivate_step);
  } else {
    modem_task_go(m, t, is_right ? &activate_step : &configure_step);
  }
}

static void query_next(modem_task *t, modem *m) {
  pdp_activation *a = (pdp_activation *)t;
  if (!a->found.active) lose_session(m, a->cid);
  if (a->configures) {
    modem_task_go(m, t, &settings_step);
  } else {
    choose(t, m);
  }
}

/* AT+QICSGP=<cid> asks for the settings. */
static void settings_begin(modem_task *t, modem *m) {
  begin_with_cid(m, t, "+QICSGP", ((pdp_activation *)t)->cid,
                 &(at_exchange){.words = "+QICSGP", .timeout_ms = QUERY_MS, .secret = true});
}

static bool is_masked(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (text[i] != '*') return false;
  }
  return len > 0;
}

static bool take_text_equal(at_cursor *c, const char *wanted, bool may_be_masked) {
  const char *text;
  size_t len;
  if (!at_cursor_take_string(c, &text, &len)) return false;
  if (may_be_masked && is_masked(text, len)) return true;
  return len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

/* Compares `+QICSGP: <type>,"<apn>","<user>","<password>",<auth>`. */
static void settings_line(modem_task *t, modem *m, const at_event *event) {
  pdp_activation *a = (pdp_activation *)t;
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t type, auth;
  (void)m;
  a->is_configured = at_cursor_skip_prefix(&c, "+QICSGP") && at_cursor_take_integer(&c, &type) &&
                     type == a->type && take_text_equal(&c, a->apn, false) &&
                     take_text_equal(&c, a->user, false) &&
                     take_text_equal(&c, a->password, true) && at_cursor_take_integer(&c, &auth) &&
                     auth == a->auth;
}

static void deactivate_begin(modem_task *t, modem *m) {
  begin_deactivation(m, t, ((pdp_activation *)t)->cid);
}

static void deactivate_next(modem_task *t, modem *m) {
  lose_session(m, ((pdp_activation *)t)->cid);
  modem_task_go(m, t, &configure_step);
}

static void configure_begin(modem_task *t, modem *m) {
  pdp_activation *a = (pdp_activation *)t;
  at_builder b = at_engine_command(&m->engine, "+QICSGP");
  at_exchange how = {.words = "+QICSGP", .timeout_ms = QUERY_MS, .secret = true};
  at_builder_add_integer(&b, a->cid);
  at_builder_add_integer(&b, a->type);
  at_builder_add_literal(&b, a->apn);
  at_builder_add_literal(&b, a->user);
  at_builder_add_literal(&b, a->password);
  at_builder_add_integer(&b, a->auth);
  modem_begin(m, t, "+QICSGP", &b, &how);
}

static void configure_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &activate_step);
}

static void activate_begin(modem_task *t, modem *m) {
  begin_with_cid(m, t, "+QIACT", ((pdp_activation *)t)->cid,
                 &(at_exchange){.words = "+QIACT", .timeout_ms = PDP_ACTIVATE_MS});
}

static void activate_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &result_step);
}

static void result_next(modem_task *t, modem *m) {
  if (((pdp_activation *)t)->found.active) {
    modem_task_finish(m, t);
  } else {
    modem_task_fail_as(m, t, AT_ERROR_PDP, "+QIACT", "the context is not active after all");
  }
}

static const modem_step query_step = {.begin = query_begin, .line = query_line, .next = query_next};
static const modem_step settings_step = {
    .begin = settings_begin, .line = settings_line, .next = choose};
static const modem_step deactivate_step = {.begin = deactivate_begin, .next = deactivate_next};
static const modem_step configure_step = {.begin = configure_begin, .next = configure_next};
static const modem_step activate_step = {.begin = activate_begin, .next = activate_next};
static const modem_step result_step = {
    .begin = query_begin, .line = query_line, .next = result_next};

static void wipe(modem_task *t) {
  pdp_activation *a = (pdp_activation *)t;
  volatile char *secret = a->password; /* a compiler must not leave this out */
  for (size_t i = 0; i < sizeof a->password; i++) secret[i] = 0;
}

static const modem_task_class activation_class = {
    .first = &query_step, .wipe = wipe, .has_own_deadlines = true};

void pdp_activation_init(pdp_activation *a) {
  memset(a, 0, sizeof *a);
  a->task.class = &activation_class;
  a->task.word = "+QIACT";
}

/* --- deactivation: step 7 ----------------------------------------------- */

static const modem_step leave_step;

static void leave_query_line(modem_task *t, modem *m, const at_event *event) {
  pdp_deactivation *d = (pdp_deactivation *)t;
  (void)m;
  find_context(event, d->cid, &d->found);
}

static void leave_next(modem_task *t, modem *m) {
  lose_session(m, ((pdp_deactivation *)t)->cid);
  modem_task_finish(m, t);
}

static void leave_query_next(modem_task *t, modem *m) {
  if (((pdp_deactivation *)t)->found.active) {
    modem_task_go(m, t, &leave_step);
  } else {
    leave_next(t, m);
  }
}

static void leave_begin(modem_task *t, modem *m) {
  begin_deactivation(m, t, ((pdp_deactivation *)t)->cid);
}

static const modem_step leave_query_step = {
    .begin = list_begin, .line = leave_query_line, .next = leave_query_next};
static const modem_step leave_step = {.begin = leave_begin, .next = leave_next};

static const modem_task_class deactivation_class = {.first = &leave_query_step,
                                                    .has_own_deadlines = true};

void pdp_deactivation_init(pdp_deactivation *d, int cid) {
  memset(d, 0, sizeof *d);
  d->task.class = &deactivation_class;
  d->task.word = "+QIDEACT";
  d->cid = cid;
}
