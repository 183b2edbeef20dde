#include "modem/command.h"

#include <string.h>

#include "at/cursor.h"
#include "at/mask.h"

static char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_word_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void add(modem_command *c, size_t *used, char character) {
  if (*used < sizeof c->words - 1) c->words[(*used)++] = character;
}

/* The word of each extended command of the line; replies repeat it in capitals. A plus
 * begins a command at the start and behind a semicolon, but not in quotes. */
static void find_words(modem_command *c) {
  bool is_quoted = false;
  size_t used = 0;
  for (size_t i = 0; i < c->len; i++) {
    if (c->text[i] == '"') is_quoted = !is_quoted;
    bool begins = c->text[i] == '+' && (i == 0 || c->text[i - 1] == ';');
    if (is_quoted || !begins) continue;
    if (used > 0) add(c, &used, ';');
    add(c, &used, '+');
    while (i + 1 < c->len && is_word_character(to_upper(c->text[i + 1]))) {
      add(c, &used, to_upper(c->text[++i]));
    }
  }
}

static void name_command(modem_command *c) {
  size_t word_len = strcspn(c->words, ";");
  const char *word = word_len > 0 ? c->words : "AT";
  if (word_len == 0) word_len = 2;
  if (word_len > sizeof c->word - 1) word_len = sizeof c->word - 1;
  memcpy(c->word, word, word_len);
}

/* Dial, answer and online commands may enter data mode, which NO CARRIER ends. */
static bool may_connect(const modem_command *c) {
  char first = c->len > 0 ? to_upper(c->text[0]) : '\0';
  return first == 'D' || first == 'A' || first == 'O';
}

/* ATE, ATZ, AT&F: an echo then tells of no restart. */
static bool may_set_echo(const modem_command *c) {
  for (size_t i = 0; i < c->len && c->text[i] != '+'; i++) {
    if (strchr("EZF", to_upper(c->text[i]))) return true;
  }
  return false;
}

/* What logins have set may be something else afterwards. */
static bool may_change_settings(const modem_command *c) {
  bool has_all_words = strlen(c->words) < sizeof c->words - 1;
  return !has_all_words || may_set_echo(c) || strstr(c->words, "+QFTPCFG");
}

/* "+CREG: 1" comes by itself; the answer to a query begins with two numbers. */
static bool is_registration_reply(const char *line, size_t len) {
  static const char *const words[] = {"+CREG", "+CGREG", "+CEREG"};
  at_cursor c = at_cursor_open(line, len);
  int64_t mode, status;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (!at_cursor_skip_prefix(&c, words[i])) continue;
    if (len > strlen(words[i]) + 2 && memchr(line, '(', len)) return true; /* of a test form */
    return at_cursor_take_integer(&c, &mode) && at_cursor_take_integer(&c, &status);
  }
  return true;
}

static void begin(modem_task *t, modem *m) {
  modem_command *c = (modem_command *)t;
  at_builder b = at_engine_command(&m->engine, "");
  at_exchange how = {
      .shape = AT_SHAPE_FREE,
      .words = c->words,
      .timeout_ms = modem_task_time_left_ms(m, t, UINT32_MAX),
      .carrier_ends = may_connect(c),
      .secret = at_mask_concerns(c->text, c->len),
      .accepts = strstr(c->words, "REG") ? is_registration_reply : NULL,
  };
  if (may_set_echo(c)) at_engine_set_quiet(&m->engine, false);
  if (may_change_settings(c)) m->settings.known = 0;
  at_builder_add_raw(&b, c->text, c->len);
  modem_begin(m, t, t->word, &b, &how);
}

static void finish(modem_task *t, modem *m) {
  modem_task_finish(m, t);
}

static const modem_step step = {.begin = begin, .next = finish, .hands_on = true};

static const modem_task_class command_class = {.first = &step};

bool modem_command_init(modem_command *c, const char *text, size_t len) {
  memset(c, 0, sizeof *c);
  if (len > sizeof c->text || at_text_has_control(text, len)) return false;
  memcpy(c->text, text, len);
  c->len = len;
  find_words(c);
  name_command(c);
  c->task.class = &command_class;
  c->task.word = c->word;
  return true;
}
