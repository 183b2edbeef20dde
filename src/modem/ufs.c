#include "modem/ufs.h"

#include <string.h>

#include "at/cursor.h"

enum { COMMAND_MS = 10000, MODULE_TIMEOUT_S = 60 };

void ufs_checksum_add(ufs_checksum *c, const char *data, size_t len) {
  for (size_t i = 0; i < len; i++) {
    unsigned byte = (unsigned char)data[i];
    c->value = (uint16_t)(c->value ^ (c->is_odd ? byte : byte << 8));
    c->is_odd = !c->is_odd;
  }
}

bool ufs_entry_read(const char *line, size_t len, const char **name, size_t *name_len,
                    int64_t *size) {
  at_cursor c = at_cursor_open(line, len);
  if (!at_cursor_skip_prefix(&c, "+QFLST")) return false;
  if (!at_cursor_take_string(&c, name, name_len) || !at_cursor_take_integer(&c, size)) return false;
  if (*name_len > 4 && memcmp(*name, "UFS:", 4) == 0) {
    *name += 4;
    *name_len -= 4;
  }
  return *size >= 0;
}

static at_error mismatch(const char *word) {
  return at_error_make(AT_ERROR_VERIFY, word, "length or checksum of the file in UFS differs");
}

/* Compares `+QFUPL: <size>,<checksum>` with what went over the line. */
static at_error compare(const char *word, const at_event *event, int64_t size, uint16_t checksum) {
  at_cursor c = at_cursor_open(event->text, event->len);
  int64_t counted;
  uint64_t summed;
  bool fits = at_cursor_skip_prefix(&c, word) && at_cursor_take_integer(&c, &counted) &&
              at_cursor_take_hex(&c, &summed) && counted == size && summed == checksum;
  return fits ? (at_error){.kind = AT_ERROR_NONE} : mismatch(word);
}

/* Begins a command whose first argument is the file's name. */
static at_builder open_command(modem *m, const char *word, const char *name, size_t name_len) {
  at_builder b = at_engine_command(&m->engine, word);
  at_builder_add_string(&b, name, name_len);
  return b;
}

static void begin(modem *m, modem_task *t, const char *word, const at_builder *b) {
  at_exchange how = {.words = word, .timeout_ms = COMMAND_MS};
  modem_begin(m, t, word, b, &how);
}

static void begin_data(modem *m, modem_task *t, const char *word, const at_builder *b,
                       uint32_t silence_ms) {
  at_exchange how = {
      .shape = AT_SHAPE_DATA, .words = word, .timeout_ms = COMMAND_MS, .silence_ms = silence_ms};
  modem_begin(m, t, word, b, &how);
}

/* --- QFUPL --------------------------------------------------------------- */

static const modem_step send_step, open_step, close_step;

/* QFUPL refuses a name that exists (407). */
static void delete_begin(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  at_builder b = open_command(m, "+QFDEL", u->name, u->name_len);
  begin(m, t, "+QFDEL", &b);
}

/* QFUPL takes no file of 0 bytes; opening one for writing makes it. */
static void delete_next(modem_task *t, modem *m) {
  modem_task_go(m, t, ((ufs_upload *)t)->len > 0 ? &send_step : &open_step);
}

/* There was no such file, most likely; if it is another reason, the next command has it
 * as well. Silence is another matter. */
static void delete_failed(modem_task *t, modem *m, const at_error *why) {
  if (why->kind == AT_ERROR_CME || why->kind == AT_ERROR_PLAIN) {
    delete_next(t, m);
  } else {
    modem_task_fail(m, t, why);
  }
}

static void send_begin(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  at_builder b = open_command(m, "+QFUPL", u->name, u->name_len);
  u->failure = mismatch("+QFUPL");
  at_builder_add_integer(&b, (int64_t)u->len);
  at_builder_add_integer(&b, MODULE_TIMEOUT_S);
  begin_data(m, t, "+QFUPL", &b, u->silence_ms);
}

static void send_connect(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  u->is_sent = true;
  at_engine_transmit(&m->engine, u->data, u->len, m->now_ms);
}

static void send_line(modem_task *t, modem *m, const at_event *event) {
  ufs_upload *u = (ufs_upload *)t;
  ufs_checksum checksum = {0};
  (void)m;
  ufs_checksum_add(&checksum, u->data, u->len);
  if (u->is_sent) u->failure = compare("+QFUPL", event, (int64_t)u->len, checksum.value);
}

/* The end of a payload that was not taken may stand in the command line. */
static void send_failed(modem_task *t, modem *m, const at_error *why) {
  if (((ufs_upload *)t)->is_sent) {
    at_engine_set_dirty(&m->engine, at_engine_is_in_data_mode(&m->engine));
  }
  modem_task_fail(m, t, why);
}

static void send_next(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  if (u->failure.kind != AT_ERROR_NONE) {
    send_failed(t, m, &u->failure);
  } else {
    modem_task_finish(m, t);
  }
}

static void open_begin(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  at_builder b = open_command(m, "+QFOPEN", u->name, u->name_len);
  at_builder_add_integer(&b, 1);
  begin(m, t, "+QFOPEN", &b);
}

static void open_line(modem_task *t, modem *m, const at_event *event) {
  at_cursor c = at_cursor_open(event->text, event->len);
  (void)m;
  if (at_cursor_skip_prefix(&c, "+QFOPEN")) at_cursor_take_integer(&c, &((ufs_upload *)t)->handle);
}

static void open_next(modem_task *t, modem *m) {
  modem_task_go(m, t, &close_step);
}

static void close_begin(modem_task *t, modem *m) {
  at_builder b = at_engine_command(&m->engine, "+QFCLOSE");
  at_builder_add_integer(&b, ((ufs_upload *)t)->handle);
  begin(m, t, "+QFCLOSE", &b);
}

static void finish(modem_task *t, modem *m) {
  modem_task_finish(m, t);
}

static const modem_step delete_step = {
    .begin = delete_begin, .next = delete_next, .failed = delete_failed};
static const modem_step send_step = {.begin = send_begin,
                                     .line = send_line,
                                     .connect = send_connect,
                                     .next = send_next,
                                     .failed = send_failed};
static const modem_step open_step = {.begin = open_begin, .line = open_line, .next = open_next};
static const modem_step close_step = {.begin = close_begin, .next = finish};

static const modem_task_class upload_class = {.first = &delete_step, .has_own_deadlines = true};

void ufs_upload_init(ufs_upload *u) {
  memset(u, 0, sizeof *u);
  u->task.class = &upload_class;
  u->task.word = "+QFUPL";
}

/* --- QFDWL --------------------------------------------------------------- */

static const modem_step receive_step;

static void size_begin(modem_task *t, modem *m) {
  ufs_download *d = (ufs_download *)t;
  at_builder b = open_command(m, "+QFLST", d->name, d->name_len);
  begin(m, t, "+QFLST", &b);
}

static void size_line(modem_task *t, modem *m, const at_event *event) {
  ufs_download *d = (ufs_download *)t;
  const char *name;
  size_t name_len;
  int64_t size;
  (void)m;
  if (!ufs_entry_read(event->text, event->len, &name, &name_len, &size)) return;
  if (name_len == d->name_len && memcmp(name, d->name, name_len) == 0) d->size = size;
}

/* A module that lists nothing has no such file, whatever it says of it. */
static void size_next(modem_task *t, modem *m) {
  ufs_download *d = (ufs_download *)t;
  at_error why = at_error_make(AT_ERROR_CME, "+QFLST", NULL);
  why.code = 405;
  if (d->size > 0) {
    modem_task_go(m, t, &receive_step);
  } else if (d->size == 0) {
    modem_task_finish(m, t);
  } else {
    modem_task_fail(m, t, &why);
  }
}

static void receive_begin(modem_task *t, modem *m) {
  ufs_download *d = (ufs_download *)t;
  at_builder b = open_command(m, "+QFDWL", d->name, d->name_len);
  d->failure = mismatch("+QFDWL");
  begin_data(m, t, "+QFDWL", &b, d->silence_ms);
}

static void receive_connect(modem_task *t, modem *m) {
  at_engine_receive(&m->engine, (uint64_t)((ufs_download *)t)->size, m->now_ms);
}

static void receive_data(modem_task *t, modem *m, const at_event *event) {
  ufs_download *d = (ufs_download *)t;
  (void)m;
  ufs_checksum_add(&d->checksum, event->text, event->len);
  d->received += (int64_t)event->len;
}

/* Before all has come, it stays a mismatch, whatever is counted. */
static void receive_line(modem_task *t, modem *m, const at_event *event) {
  ufs_download *d = (ufs_download *)t;
  (void)m;
  if (d->received < d->size) return;
  d->failure = compare("+QFDWL", event, d->size, d->checksum.value);
}

static void receive_next(modem_task *t, modem *m) {
  ufs_download *d = (ufs_download *)t;
  if (d->failure.kind == AT_ERROR_NONE) {
    modem_task_finish(m, t);
    return;
  }
  /* Without CONNECT some of it may still be to come. */
  if (d->received < d->size) at_engine_set_dirty(&m->engine, true);
  modem_task_fail(m, t, &d->failure);
}

static const modem_step size_step = {.begin = size_begin, .line = size_line, .next = size_next};
static const modem_step receive_step = {.begin = receive_begin,
                                        .line = receive_line,
                                        .connect = receive_connect,
                                        .data = receive_data,
                                        .next = receive_next};

static const modem_task_class download_class = {.first = &size_step, .has_own_deadlines = true};

void ufs_download_init(ufs_download *d) {
  memset(d, 0, sizeof *d);
  d->task.class = &download_class;
  d->task.word = "+QFDWL";
  d->size = -1;
}
