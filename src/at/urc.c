#include "at/urc.h"

#include <stdint.h>
#include <string.h>

#include "at/cursor.h"

/* What BG96 and its siblings say unasked. */
static const struct {
  char text[20];
  bool ends_data;
} known[] = {
    /* boot and power */
    {"RDY", true},
    {"APP RDY", false},
    {"POWERED DOWN", true},
    {"NORMAL POWER DOWN", true},
    {"PSM POWER DOWN", true},
    {"+QPSMTIMER", false},
    {"+CFUN", false},
    /* PDP contexts and FTP: which lines of these words end data is seen below */
    {"+QIURC", true},
    {"+QFTPCLOSE", true},
    /* network */
    {"+CREG", false},
    {"+CGREG", false},
    {"+CEREG", false},
    {"+CGEV", false},
    {"+CIEV", false},
    {"+CTZV", false},
    {"+CTZE", false},
    {"^RFSTS", false},
    {"^DSCI", false},
    /* SIM, calls, messages, position */
    {"+CPIN", false},
    {"+QUSIM", false},
    {"+QSIMSTAT", false},
    {"+QSTAT", false},
    {"+QIND", false},
    {"+QGPSURC", false},
    {"+CMTI", false},
    {"+CMT", false},
    {"+CDS", false},
    {"+CLIP", false},
    {"+CRING", false},
    {"RING", false},
    {"Call Ready", false},
    {"SMS Ready", false},
};

enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

static char *find_place(at_urc_table *t, const char *prefix, size_t len) {
  for (size_t i = 0; i < AT_URC_COUNT; i++) {
    char *place = t->prefixes[i];
    if (strlen(place) == len && memcmp(place, prefix, len) == 0) return place;
  }
  return NULL;
}

bool at_urc_subscribe(at_urc_table *t, const char *prefix, size_t len) {
  if (len == 0 || len >= AT_URC_SIZE || memchr(prefix, '\0', len)) return false;
  if (find_place(t, prefix, len)) return true;
  char *place = find_place(t, "", 0);
  if (!place) return false;
  memcpy(place, prefix, len);
  place[len] = '\0';
  return true;
}

void at_urc_unsubscribe(at_urc_table *t, const char *prefix, size_t len) {
  char *place = len > 0 ? find_place(t, prefix, len) : NULL;
  if (place) place[0] = '\0';
}

static bool is_subscribed(const at_urc_table *t, const char *line, size_t len) {
  size_t prefix_len;
  for (size_t i = 0; i < AT_URC_COUNT; i++) {
    const char *prefix = t->prefixes[i];
    if (prefix[0] && at_line_begins_with(line, len, prefix, &prefix_len)) return true;
  }
  return false;
}

/* Two bytes at once. */
static uint16_t key_of(const char *text) {
  uint16_t key;
  memcpy(&key, text + 1, sizeof key);
  return key;
}

/* The row of a known line, or KNOWN_COUNT. Most rows differ in the second and third byte. */
static size_t find_known(const char *line, size_t len) {
  if (len < 3) return KNOWN_COUNT;
  uint16_t key = key_of(line);
  for (size_t i = 0; i < KNOWN_COUNT; i++) {
    if (key_of(known[i].text) == key && at_line_has_prefix(line, len, known[i].text)) return i;
  }
  return KNOWN_COUNT;
}

bool at_urc_matches(const at_urc_table *t, const char *line, size_t len) {
  return find_known(line, len) < KNOWN_COUNT || is_subscribed(t, line, len);
}

static bool begins_alike(const char *line, size_t len, const char *word) {
  size_t word_len = strlen(word);
  return memcmp(line, word, len < word_len ? len : word_len) == 0;
}

bool at_urc_may_match(const at_urc_table *t, const char *line, size_t len) {
  for (size_t i = 0; i < KNOWN_COUNT; i++) {
    if (at_words_may_begin(known[i].text, line, len)) return true;
  }
  for (size_t i = 0; i < AT_URC_COUNT; i++) {
    if (t->prefixes[i][0] && begins_alike(line, len, t->prefixes[i])) return true;
  }
  return false;
}

/* `+QIURC: "pdpdeact",1`, and not `+QIURC: "recv",0`. */
static bool is_deactivation(at_cursor c) {
  const char *text;
  size_t len;
  return at_cursor_take_string(&c, &text, &len) && len == 8 && memcmp(text, "pdpdeact", 8) == 0;
}

bool at_urc_ends_data(const char *line, size_t len) {
  at_cursor c = at_cursor_open(line, len);
  size_t i = find_known(line, len);
  if (i == KNOWN_COUNT || !known[i].ends_data) return false;
  if (at_cursor_skip_prefix(&c, "+QIURC")) return is_deactivation(c);
  return known[i].text[0] == '+' || strlen(known[i].text) == len;
}

static bool is_word_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Steps over "+WORD" and tells how far that went; 0 where the line begins otherwise. */
static size_t word_length(const char *line, size_t len) {
  size_t i = 1;
  if (len == 0 || !strchr("+^*#%$&", line[0]) || line[0] == '\0') return 0;
  while (i < len && is_word_character(line[i])) i++;
  return i;
}

bool at_urc_has_shape(const char *line, size_t len) {
  size_t i = word_length(line, len);
  return i > 2 && i < len && line[i] == ':';
}

bool at_urc_may_have_shape(const char *line, size_t len) {
  size_t i = word_length(line, len);
  return i > 0 && (i == len || (i > 2 && line[i] == ':'));
}
