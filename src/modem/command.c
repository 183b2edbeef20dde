#include "modem/command.h"

#include <string.h>

#include "at/mask.h"

static bool is_word_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The word of an extended command; replies repeat it in capitals. */
static void find_prefix(modem_command *c) {
  size_t len = 1;
  if (c->len == 0 || c->text[0] != '+') return;
  while (len < c->len && len < sizeof c->prefix - 1 && is_word_character(c->text[len])) len++;
  for (size_t i = 0; i < len; i++) {
    char letter = c->text[i];
    c->prefix[i] = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
  }
}

static void command_start(modem_task *t, modem *m) {
  modem_command *c = (modem_command *)t;
  at_builder b = at_engine_command(&m->engine, "");
  at_exchange how = {
      .prefix = c->prefix[0] ? c->prefix : NULL,
      .timeout_ms = modem_task_time_left_ms(m, t, UINT32_MAX),
      .any_line = true,
      .secret = at_mask_concerns(c->text, c->len),
  };
  at_builder_add_raw(&b, c->text, c->len);
  modem_begin(m, t, t->word, &b, &how);
}

static bool command_handle(modem_task *t, modem *m, const at_event *event) {
  if (event->type == AT_EVENT_LINE) return true;
  if (modem_succeeded(m, t, event)) modem_task_finish(m, t);
  return false;
}

static const modem_task_class command_class = {.start = command_start, .handle = command_handle};

bool modem_command_init(modem_command *c, const char *text, size_t len) {
  memset(c, 0, sizeof *c);
  if (len > sizeof c->text || memchr(text, '\r', len) || memchr(text, '\n', len) ||
      memchr(text, '\0', len)) {
    return false;
  }
  memcpy(c->text, text, len);
  c->len = len;
  find_prefix(c);
  c->task.class = &command_class;
  c->task.word = c->prefix[0] ? c->prefix : "AT";
  return true;
}
