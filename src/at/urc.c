#include "at/urc.h"

#include <string.h>

#include "at/cursor.h"

/* What BG96 and its siblings say unasked: boot, SIM, registration, PDP, and that
 * an FTP session has ended. In place, as pointers would take 32 bytes each. */
static const char known[][18] = {
    "RDY",    "APP RDY", "POWERED DOWN", "NORMAL POWER DOWN",
    "+QIURC", "+QIND",   "+QUSIM",       "+CFUN",
    "+CPIN",  "+CREG",   "+CGREG",       "+CEREG",
    "+CTZV",  "+CTZE",   "+QSTAT",       "+CMTI",
    "+CMT",   "RING",    "+QFTPCLOSE",
};

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

bool at_urc_matches(const at_urc_table *t, const char *line, size_t len) {
  if (is_subscribed(t, line, len)) return true;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (at_line_has_prefix(line, len, known[i])) return true;
  }
  return false;
}
