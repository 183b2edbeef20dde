#include "modem/pdp.h"

#include <string.h>

#include "at/cursor.h"

enum { QUERY_MS = 10000 };

/* --- AT+QIACT? ---------------------------------------------------------- */

static void begin_query(modem *m, modem_task *t) {
  at_builder b = at_engine_command(&m->engine, "+QIACT?");
  at_exchange how = {.prefix = "+QIACT", .timeout_ms = QUERY_MS};
  modem_begin(m, t, "+QIACT", &b, &how);
}

static void copy_address(pdp_context *context, at_cursor *c) {
  const char *text;
  size_t len;
  if (!at_cursor_take_string(c, &text, &len)) return;
  if (len > sizeof context->address - 1) len = sizeof context->address - 1;
  memcpy(context->address, text, len);
}

/* Reads `+QIACT: 1,1,1,"10.7.157.1"`. */
static bool read_context(const at_event *event, pdp_context *context) {
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t cid, state, type;
  memset(context, 0, sizeof *context);
  if (!at_cursor_skip_prefix(&c, "+QIACT") || !at_cursor_take_integer(&c, &cid) ||
      !at_cursor_take_integer(&c, &state) || !at_cursor_take_integer(&c, &type)) {
    return false;
  }
  if (cid < 1 || cid > PDP_CONTEXT_COUNT || type < 0 || type > PDP_TYPE_IPV4V6) return false;
  context->cid = (int)cid;
  context->active = state == 1;
  context->type = (int)type;
  copy_address(context, &c);
  return true;
}

/* Keeps the row of context `cid`. */
static void find_context(const at_event *event, int cid, pdp_context *found) {
  pdp_context context;
  if (read_context(event, &context) && context.cid == cid) *found = context;
}

/* A session dies with its context. */
static void lose_session(modem *m, int cid) {
  if (cid == m->session_cid) m->session_open = false;
}

/* --- list --------------------------------------------------------------- */

static void list_start(modem_task *t, modem *m) {
  begin_query(m, t);
}

static bool list_handle(modem_task *t, modem *m, const at_event *event) {
  pdp_list *l = (pdp_list *)t;
  if (event->type == AT_EVENT_LINE) {
    if (l->count < PDP_CONTEXT_COUNT && read_context(event, &l->contexts[l->count])) l->count++;
  } else if (modem_succeeded(m, t, event)) {
    modem_task_finish(m, t);
  }
  return false;
}

static const modem_task_class list_class = {.start = list_start, .handle = list_handle};

void pdp_list_init(pdp_list *l) {
  memset(l, 0, sizeof *l);
  l->task.class = &list_class;
  l->task.word = "+QIACT";
}

/* --- activation: step 1 of section 1.1 ---------------------------------- */

enum { PHASE_QUERY, PHASE_READ, PHASE_DEACTIVATE, PHASE_CONFIGURE, PHASE_ACTIVATE, PHASE_RESULT };

void pdp_activation_wipe(pdp_activation *a) {
  volatile char *secret = a->password;
  for (size_t i = 0; i < sizeof a->password; i++) secret[i] = 0;
}

static void query(pdp_activation *a, modem *m, int phase) {
  a->task.phase = phase;
  memset(&a->found, 0, sizeof a->found);
  begin_query(m, &a->task);
}

/* AT+QICSGP=<cid> asks for the settings. */
static void read_settings(pdp_activation *a, modem *m) {
  at_builder b = at_engine_command(&m->engine, "+QICSGP");
  at_exchange how = {.prefix = "+QICSGP", .timeout_ms = QUERY_MS, .secret = true};
  a->task.phase = PHASE_READ;
  at_builder_add_integer(&b, a->cid);
  modem_begin(m, &a->task, "+QICSGP", &b, &how);
}

static void begin_deactivate(modem *m, modem_task *t, int cid) {
  at_builder b = at_engine_command(&m->engine, "+QIDEACT");
  at_exchange how = {.prefix = "+QIDEACT", .timeout_ms = PDP_DEACTIVATE_MS};
  at_builder_add_integer(&b, cid);
  modem_begin(m, t, "+QIDEACT", &b, &how);
}

static void configure(pdp_activation *a, modem *m) {
  at_builder b = at_engine_command(&m->engine, "+QICSGP");
  at_exchange how = {.prefix = "+QICSGP", .timeout_ms = QUERY_MS, .secret = true};
  a->task.phase = PHASE_CONFIGURE;
  at_builder_add_integer(&b, a->cid);
  at_builder_add_integer(&b, a->type);
  at_builder_add_literal(&b, a->apn);
  at_builder_add_literal(&b, a->user);
  at_builder_add_literal(&b, a->password);
  at_builder_add_integer(&b, a->auth);
  modem_begin(m, &a->task, "+QICSGP", &b, &how);
}

static void activate(pdp_activation *a, modem *m) {
  at_builder b = at_engine_command(&m->engine, "+QIACT");
  at_exchange how = {.prefix = "+QIACT", .timeout_ms = PDP_ACTIVATE_MS};
  a->task.phase = PHASE_ACTIVATE;
  at_builder_add_integer(&b, a->cid);
  modem_begin(m, &a->task, "+QIACT", &b, &how);
}

static bool take_text_equal(at_cursor *c, const char *wanted, bool may_be_masked) {
  const char *text;
  size_t len;
  if (!at_cursor_take_string(c, &text, &len)) return false;
  if (may_be_masked && len == 3 && memcmp(text, "***", 3) == 0) return true;
  return len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

/* Compares `+QICSGP: <type>,"<apn>","<user>","<password>",<auth>`. */
static void compare_settings(pdp_activation *a, const at_event *event) {
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t type, auth;
  a->is_configured = at_cursor_skip_prefix(&c, "+QICSGP") && at_cursor_take_integer(&c, &type) &&
                     type == a->type && take_text_equal(&c, a->apn, false) &&
                     take_text_equal(&c, a->user, false) &&
                     take_text_equal(&c, a->password, true) && at_cursor_take_integer(&c, &auth) &&
                     auth == a->auth;
}

static void finish_activation(pdp_activation *a, modem *m) {
  pdp_activation_wipe(a);
  if (a->found.active) {
    modem_task_finish(m, &a->task);
  } else {
    modem_task_fail_as(m, &a->task, AT_ERROR_PDP, "+QIACT", "the context is not active after all");
  }
}

static void choose(pdp_activation *a, modem *m) {
  bool right = a->is_configured || !a->configures;
  if (a->found.active && right) {
    finish_activation(a, m);
  } else if (a->found.active) {
    a->task.phase = PHASE_DEACTIVATE;
    begin_deactivate(m, &a->task, a->cid);
  } else if (right) {
    activate(a, m);
  } else {
    configure(a, m);
  }
}

static void activation_advance(pdp_activation *a, modem *m) {
  switch (a->task.phase) {
    case PHASE_QUERY:
      if (!a->found.active) lose_session(m, a->cid);
      if (a->configures) {
        read_settings(a, m);
      } else {
        choose(a, m);
      }
      break;
    case PHASE_READ: choose(a, m); break;
    case PHASE_DEACTIVATE:
      lose_session(m, a->cid);
      configure(a, m);
      break;
    case PHASE_CONFIGURE: activate(a, m); break;
    case PHASE_ACTIVATE: query(a, m, PHASE_RESULT); break;
    default: finish_activation(a, m);
  }
}

static void activation_start(modem_task *t, modem *m) {
  t->deadline_ms = AT_NEVER;
  query((pdp_activation *)t, m, PHASE_QUERY);
}

static bool activation_handle(modem_task *t, modem *m, const at_event *event) {
  pdp_activation *a = (pdp_activation *)t;
  if (event->type == AT_EVENT_LINE) {
    if (t->phase == PHASE_READ) {
      compare_settings(a, event);
    } else {
      find_context(event, a->cid, &a->found);
    }
  } else if (modem_succeeded(m, t, event)) {
    activation_advance(a, m);
  }
  if (modem_task_has_ended(t)) pdp_activation_wipe(a);
  return false;
}

static const modem_task_class activation_class = {.start = activation_start,
                                                  .handle = activation_handle};

void pdp_activation_init(pdp_activation *a) {
  memset(a, 0, sizeof *a);
  a->task.class = &activation_class;
  a->task.word = "+QIACT";
}

/* --- deactivation: step 7 ----------------------------------------------- */

static void deactivation_start(modem_task *t, modem *m) {
  t->phase = PHASE_QUERY;
  t->deadline_ms = AT_NEVER;
  begin_query(m, t);
}

static bool deactivation_handle(modem_task *t, modem *m, const at_event *event) {
  pdp_deactivation *d = (pdp_deactivation *)t;
  if (event->type == AT_EVENT_LINE) {
    find_context(event, d->cid, &d->found);
  } else if (modem_succeeded(m, t, event)) {
    if (t->phase == PHASE_QUERY && d->found.active) {
      t->phase = PHASE_DEACTIVATE;
      begin_deactivate(m, t, d->cid);
    } else {
      lose_session(m, d->cid);
      modem_task_finish(m, t);
    }
  }
  return false;
}

static const modem_task_class deactivation_class = {.start = deactivation_start,
                                                    .handle = deactivation_handle};

void pdp_deactivation_init(pdp_deactivation *d, int cid) {
  memset(d, 0, sizeof *d);
  d->task.class = &deactivation_class;
  d->task.word = "+QIDEACT";
  d->cid = cid;
}
