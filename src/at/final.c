#include "at/final.h"

#include <stdbool.h>
#include <string.h>

#include "at/cursor.h"

typedef struct {
  char text[12];
  at_final_type type;
  bool takes_code; /* a code or text follows a colon */
  bool takes_rest; /* more may follow a space: "CONNECT 1000" of AT+QFREAD */
} final_row;

static const final_row finals[] = {
    {"OK", AT_FINAL_OK, false, false},         {"CONNECT", AT_FINAL_CONNECT, false, true},
    {"ERROR", AT_FINAL_ERROR, false, false},   {"+CME ERROR", AT_FINAL_CME, true, false},
    {"+CMS ERROR", AT_FINAL_CMS, true, false}, {"NO CARRIER", AT_FINAL_NO_CARRIER, false, false},
};

static bool row_matches(const final_row *row, const char *line, size_t len) {
  size_t row_len;
  if (!at_line_begins_with(line, len, row->text, &row_len)) return false;
  if (row->takes_code) return len > row_len && line[row_len] == ':';
  return len == row_len || (row->takes_rest && line[row_len] == ' ');
}

static at_final parse_code(const final_row *row, const char *line, size_t len) {
  at_final final = {row->type, -1, NULL, 0};
  at_cursor c = at_cursor_open(line, len);
  int64_t code;
  at_cursor_skip_prefix(&c, row->text);
  if (at_cursor_take_integer(&c, &code) && at_cursor_at_end(&c) && code >= 0 && code <= 9999) {
    final.code = (int)code;
  } else {
    at_cursor_take_rest(&c, &final.text, &final.text_len);
  }
  return final;
}

at_final at_final_parse(const char *line, size_t len) {
  for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++) {
    if (!row_matches(&finals[i], line, len)) continue;
    if (finals[i].takes_code) return parse_code(&finals[i], line, len);
    return (at_final){finals[i].type, -1, NULL, 0};
  }
  return (at_final){AT_FINAL_NONE, -1, NULL, 0};
}

bool at_final_may_begin(const char *line, size_t len) {
  for (size_t i = 0; i < sizeof finals / sizeof finals[0]; i++) {
    bool is_cut = len <= strlen(finals[i].text);
    if (is_cut ? memcmp(line, finals[i].text, len) == 0 : row_matches(&finals[i], line, len)) {
      return true;
    }
  }
  return false;
}
