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

static void begin(modem *m, modem_task *t, const char *word, const at_builder *b,
                  uint32_t silence_ms) {
  at_exchange how = {.prefix = word, .timeout_ms = COMMAND_MS, .silence_ms = silence_ms};
  modem_begin(m, t, word, b, &how);
}

/* --- QFUPL --------------------------------------------------------------- */

enum { PHASE_DELETE, PHASE_OPEN, PHASE_CLOSE, PHASE_TRANSFER, PHASE_PAYLOAD };

/* QFUPL refuses a name that exists (407). */
static void upload_start(modem_task *t, modem *m) {
  ufs_upload *u = (ufs_upload *)t;
  at_builder b = open_command(m, "+QFDEL", u->name, u->name_len);
  t->phase = PHASE_DELETE;
  t->deadline_ms = AT_NEVER;
  begin(m, t, "+QFDEL", &b, 0);
}

static void send_data(ufs_upload *u, modem *m) {
  at_builder b = open_command(m, "+QFUPL", u->name, u->name_len);
  u->task.phase = PHASE_TRANSFER;
  u->failure = mismatch("+QFUPL");
  at_builder_add_integer(&b, (int64_t)u->len);
  at_builder_add_integer(&b, MODULE_TIMEOUT_S);
  begin(m, &u->task, "+QFUPL", &b, u->silence_ms);
}

/* QFUPL takes no file of 0 bytes; opening one for writing makes it. */
static void open_empty(ufs_upload *u, modem *m) {
  at_builder b = open_command(m, "+QFOPEN", u->name, u->name_len);
  u->task.phase = PHASE_OPEN;
  at_builder_add_integer(&b, 1);
  begin(m, &u->task, "+QFOPEN", &b, 0);
}

static void close_empty(ufs_upload *u, modem *m) {
  at_builder b = at_engine_command(&m->engine, "+QFCLOSE");
  u->task.phase = PHASE_CLOSE;
  at_builder_add_integer(&b, u->handle);
  begin(m, &u->task, "+QFCLOSE", &b, 0);
}

static void upload_advance(ufs_upload *u, modem *m) {
  if (u->task.phase == PHASE_DELETE) {
    if (u->len > 0) {
      send_data(u, m);
    } else {
      open_empty(u, m);
    }
  } else if (u->task.phase == PHASE_OPEN) {
    close_empty(u, m);
  } else if (u->failure.kind != AT_ERROR_NONE) {
    modem_task_fail(m, &u->task, &u->failure);
  } else {
    modem_task_finish(m, &u->task);
  }
}

static void read_line(ufs_upload *u, const at_event *event) {
  ufs_checksum checksum = {0};
  at_cursor c = at_cursor_open(event->text, event->len);
  if (u->task.phase == PHASE_PAYLOAD) {
    ufs_checksum_add(&checksum, u->data, u->len);
    u->failure = compare("+QFUPL", event, (int64_t)u->len, checksum.value);
  } else if (u->task.phase == PHASE_OPEN && at_cursor_skip_prefix(&c, "+QFOPEN")) {
    at_cursor_take_integer(&c, &u->handle);
  }
}

static bool upload_handle(modem_task *t, modem *m, const at_event *event) {
  ufs_upload *u = (ufs_upload *)t;
  bool may_fail = t->phase == PHASE_DELETE && event->type == AT_EVENT_DONE;
  if (event->type == AT_EVENT_CONNECT) {
    t->phase = PHASE_PAYLOAD;
    at_engine_transmit(&m->engine, u->data, u->len, m->now_ms);
  } else if (event->type == AT_EVENT_LINE) {
    read_line(u, event);
  } else if (may_fail || modem_succeeded(m, t, event)) {
    upload_advance(u, m);
  }
  /* The end of a payload that was not taken may stand in the command line. */
  if (t->state == MODEM_TASK_FAILED && t->phase == PHASE_PAYLOAD) {
    at_engine_set_dirty(&m->engine, m->engine.in_data_mode);
  }
  return false;
}

static const modem_task_class upload_class = {.start = upload_start, .handle = upload_handle};

void ufs_upload_init(ufs_upload *u) {
  memset(u, 0, sizeof *u);
  u->task.class = &upload_class;
  u->task.word = "+QFUPL";
}

/* --- QFDWL --------------------------------------------------------------- */

enum { PHASE_SIZE, PHASE_DATA };

static void download_start(modem_task *t, modem *m) {
  ufs_download *d = (ufs_download *)t;
  at_builder b = open_command(m, "+QFLST", d->name, d->name_len);
  t->phase = PHASE_SIZE;
  t->deadline_ms = AT_NEVER;
  begin(m, t, "+QFLST", &b, 0);
}

static void ask_data(ufs_download *d, modem *m) {
  at_builder b = open_command(m, "+QFDWL", d->name, d->name_len);
  d->task.phase = PHASE_DATA;
  d->failure = mismatch("+QFDWL");
  begin(m, &d->task, "+QFDWL", &b, d->silence_ms);
}

/* A module that lists nothing has no such file, whatever it says of it. */
static void end_size(ufs_download *d, modem *m) {
  at_error why = at_error_make(AT_ERROR_CME, "+QFLST", NULL);
  why.code = 405;
  if (d->size > 0) {
    ask_data(d, m);
  } else if (d->size == 0) {
    modem_task_finish(m, &d->task);
  } else {
    modem_task_fail(m, &d->task, &why);
  }
}

static void download_advance(ufs_download *d, modem *m) {
  if (d->task.phase == PHASE_SIZE) {
    end_size(d, m);
  } else if (d->failure.kind != AT_ERROR_NONE) {
    /* Without CONNECT some of it may still be to come. */
    if (d->received < d->size) at_engine_set_dirty(&m->engine, true);
    modem_task_fail(m, &d->task, &d->failure);
  } else {
    modem_task_finish(m, &d->task);
  }
}

static void read_size(ufs_download *d, const at_event *event) {
  const char *name;
  size_t name_len;
  int64_t size;
  if (!ufs_entry_read(event->text, event->len, &name, &name_len, &size)) return;
  if (name_len == d->name_len && memcmp(name, d->name, name_len) == 0) d->size = size;
}

static bool download_handle(modem_task *t, modem *m, const at_event *event) {
  ufs_download *d = (ufs_download *)t;
  switch (event->type) {
    case AT_EVENT_CONNECT:
      at_engine_receive(&m->engine, (uint64_t)d->size, m->now_ms);
      return false;
    case AT_EVENT_DATA:
      ufs_checksum_add(&d->checksum, event->text, event->len);
      d->received += (int64_t)event->len;
      return true;
    case AT_EVENT_LINE:
      if (t->phase == PHASE_SIZE) {
        read_size(d, event);
      } else if (d->received == d->size) { /* else it stays a mismatch, whatever is counted */
        d->failure = compare("+QFDWL", event, d->size, d->checksum.value);
      }
      return false;
    default:
      if (modem_succeeded(m, t, event)) download_advance(d, m);
      return false;
  }
}

static const modem_task_class download_class = {.start = download_start, .handle = download_handle};

void ufs_download_init(ufs_download *d) {
  memset(d, 0, sizeof *d);
  d->task.class = &download_class;
  d->task.word = "+QFDWL";
  d->size = -1;
}
