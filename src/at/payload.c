#include "at/payload.h"

#include <string.h>

#include "at/cursor.h"
#include "at/final.h"

enum {
  MOST_BLANKS = 8,  /* more empty lines no module says */
  DOUBT_SIZE = 4096 /* a log of a module's holds many words; a link that fails twice so near
                       to the same place is rare */
};

void at_payload_begin(at_payload *p, const char *words, const at_urc_table *urc, uint64_t length,
                      at_lead lead) {
  p->words = words;
  p->urc = urc;
  p->left = length;
  p->count = 0;
  p->ending = AT_ENDING_NONE;
  p->doubtful_at = 0;
  p->torn_at = AT_PAYLOAD_ENDLESS;
  p->lead = lead;
  p->spare_blanks = 0;
  p->ok_at = p->kept = 0;
  p->holds_lines = p->is_pushed = p->has_lookalikes = p->is_guessed = false;
  p->held_at = p->held_end = 0;
}

/* Nothing has been received since, so what was kept still is where it was held. */
void at_payload_resume(at_payload *p, const char *words, const at_urc_table *urc, uint64_t length,
                       at_lead lead) {
  size_t kept = p->kept;
  size_t from = p->held_at - kept;
  bool has_lookalikes = p->has_lookalikes;
  bool is_guessed = p->is_guessed || kept > 0;
  at_payload_begin(p, words, urc, length, lead);
  memmove(p->held, p->held + from, kept);
  p->held_end = kept;
  p->has_lookalikes = has_lookalikes;
  p->is_guessed = is_guessed;
}

at_span at_payload_held(const at_payload *p) {
  return (at_span){p->held + p->held_at, p->held + p->held_end};
}

static bool is_holding(const at_payload *p) {
  return p->held_at < p->held_end;
}

/* --- what a line says ----------------------------------------------------- */

typedef struct {
  const at_payload *payload;
  uint64_t count;   /* payload bytes before the words */
  at_ending ending; /* of the lines so far */
  size_t blanks;    /* empty lines before the first other one */
  size_t lead;      /* of these, the most that are the module's */
  size_t ends;      /* empty lines before the line in hand */
  const char *line; /* the line in hand; or NULL */
  const char *ok;   /* the last OK with its empty lines, if no end is told behind it; or NULL */
  bool has_lines;   /* some were read */
  bool has_ok;      /* OK was among them */
  bool is_counted;  /* the number of bytes fits what stands before that */
} reader;

/* `+QFDWL: <count>,<checksum>`, before OK */
static bool counts_first(const reader *r, at_cursor c) {
  int64_t count;
  uint64_t checksum;
  return r->ending == AT_ENDING_LINES && r->count > 0 && at_cursor_take_integer(&c, &count) &&
         (uint64_t)count == r->count && at_cursor_take_hex(&c, &checksum) && at_cursor_at_end(&c);
}

static bool take_pair(at_cursor c, int64_t *code, int64_t *second) {
  return at_cursor_take_integer(&c, code) && at_cursor_take_integer(&c, second) &&
         at_cursor_at_end(&c);
}

/* `+QFTPGET: 0,<count>`, behind OK */
static bool counts_second(const reader *r, at_cursor c) {
  int64_t code, count;
  return r->has_ok && r->ending != AT_ENDING_RESULT && take_pair(c, &code, &count) && code == 0 &&
         (uint64_t)count == r->count;
}

/* `+QFTPGET: 607,426`; the numbers of `+QFDWL: 614,0725` are others. */
static bool is_failure(const reader *r, at_cursor c) {
  int64_t code, protocol;
  bool is_ftp = strncmp(r->payload->words, "+QFTP", 5) == 0;
  return is_ftp && take_pair(c, &code, &protocol) && code >= 601 && code <= 631;
}

static bool read_result(reader *r, at_cursor c) {
  bool is_counted = counts_first(r, c) || counts_second(r, c);
  if (!is_counted && !is_failure(r, c)) return false;
  r->is_counted = is_counted;
  r->ending = AT_ENDING_RESULT;
  r->ok = NULL;
  return true;
}

static size_t fewer(size_t a, size_t b) {
  return a < b ? a : b;
}

static void note_first_ok(reader *r) {
  r->ending = AT_ENDING_OK;
  if (!r->has_lines) r->lead = r->payload->lead.ok;
}

/* Behind a payload, a final result code may be somebody else's, and a caller who hangs up cannot
 * be told from the end of the link. What may be words is none of the payload: where it was some
 * all the same, it is fetched again, and a count tells. */
static void read_final(reader *r, at_final_type type) {
  bool is_first = r->ending == AT_ENDING_LINES;
  switch (type) {
    case AT_FINAL_OK:
      r->has_ok = true;
      r->ok = r->line - 2 * fewer(r->ends, r->payload->lead.ok);
      if (is_first) note_first_ok(r);
      break;
    case AT_FINAL_CME:
      if (is_first) r->ending = AT_ENDING_LOST;
      break;
    case AT_FINAL_NO_CARRIER:
      if (r->ending == AT_ENDING_RESULT) break;
      r->ending = AT_ENDING_LOST;
      r->ok = NULL;
      break;
    default: break;
  }
}

/* Lines of unknown words before those of the end may be payload. But where the number of
 * bytes before them does not say so, the transfer fails, and fetches them again. */
static bool read_unsolicited(reader *r, const char *line, size_t len) {
  if (!at_urc_matches(r->payload->urc, line, len)) return at_urc_has_shape(line, len);
  bool is_first = r->ending == AT_ENDING_LINES;
  if (is_first && at_urc_ends_data(line, len)) r->ending = AT_ENDING_LOST;
  return true;
}

/* What a module says is ASCII, of a line that has come in part as well. */
static bool is_printable(const char *line, size_t len) {
  for (size_t i = 0; i < len; i++) {
    if (line[i] < ' ' || line[i] > '~') return false;
  }
  return true;
}

static bool read_line(reader *r, const char *line, size_t len) {
  if (!is_printable(line, len)) return false;
  at_cursor c = at_cursor_open(line, len);
  if (at_cursor_skip_words(&c, r->payload->words)) return read_result(r, c);
  at_final_type type = at_final_parse(line, len).type;
  if (type == AT_FINAL_NONE) return read_unsolicited(r, line, len);
  read_final(r, type);
  return true;
}

/* Whether a line that is cut may become one of any. */
static bool may_go_on(const reader *r, const char *line, size_t len) {
  if (line[len - 1] == '\r') len--;
  if (!is_printable(line, len)) return false;
  if (at_words_may_begin(r->payload->words, line, len)) return true;
  if (at_final_may_begin(line, len)) return true;
  return at_urc_may_have_shape(line, len) || at_urc_may_match(r->payload->urc, line, len);
}

static size_t count_blank_lines(const char *at, const char *end) {
  size_t count = 0;
  while (end - at >= 2 && at[0] == '\r' && at[1] == '\n') {
    at += 2;
    count++;
  }
  return count;
}

/* Reads lines, the last of which may be cut. True where they can be what the module
 * says, and not payload. */
static bool read_words(reader *r, const char *at, const char *end) {
  if (at < end && *at != '\r') return false;
  r->blanks = count_blank_lines(at, end);
  for (size_t ends = 0; at < end; ends++) { /* line ends before this line, without another one */
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    if (!lf) return may_go_on(r, at, (size_t)(end - at));
    if (lf == at || lf[-1] != '\r') return false;
    if (lf - 1 > at) {
      r->line = at;
      r->ends = ends;
      if (!read_line(r, at, (size_t)(lf - 1 - at))) return false;
      r->has_lines = true;
      ends = 0;
    }
    at = lf + 1;
  }
  return true;
}

static reader begin_reading(const at_payload *p, uint64_t count) {
  return (reader){.payload = p, .count = count, .ending = AT_ENDING_LINES, .lead = p->lead.line};
}

/* --- holding -------------------------------------------------------------- */

static void keep(at_payload *p, const reader *r) {
  bool is_known = r->is_counted || r->blanks <= r->lead;
  p->ending = r->ending;
  p->holds_lines = r->line != NULL;
  p->spare_blanks = is_known ? 0 : r->blanks - r->lead;
}

static bool is_doubtful_at(const at_payload *p, uint64_t count) {
  return p->doubtful_at > 0 && count + 2 * MOST_BLANKS >= p->doubtful_at &&
         count < p->doubtful_at + DOUBT_SIZE;
}

bool at_payload_is_doubtful(const at_payload *p) {
  return is_doubtful_at(p, p->count);
}

bool at_payload_is_pushed(const at_payload *p) {
  return p->is_pushed;
}

bool at_payload_is_torn(const at_payload *p) {
  return p->count > p->torn_at;
}

/* The first CR from `at` on behind which there is nothing but words, or `end`. All
 * before `from` has been handed on. More than can be held has come too quickly for what a
 * module says behind a payload: it is payload. */
static const char *find_words(at_payload *p, const char *from, const char *at, const char *end) {
  if (end - at > AT_PAYLOAD_HELD_SIZE) at = end - AT_PAYLOAD_HELD_SIZE;
  while (at < end) {
    const char *cr = memchr(at, '\r', (size_t)(end - at));
    if (!cr) break;
    at = cr + 1;
    if (at < end && *at != '\n') continue;
    reader r = begin_reading(p, p->count + (uint64_t)(cr - from));
    if (!read_words(&r, cr, end)) continue;
    if (r.blanks > MOST_BLANKS) {
      at = cr + 2 * (r.blanks - MOST_BLANKS);
      continue;
    }
    keep(p, &r);
    return cr;
  }
  p->ending = AT_ENDING_NONE;
  return end;
}

static void hand_on(at_payload *p, size_t len) {
  p->count += len;
  if (p->left != AT_PAYLOAD_ENDLESS) p->left -= len;
}

static size_t bounded(const at_payload *p, size_t len) {
  return p->left < len ? (size_t)p->left : len;
}

/* Moves bytes from `in` to what is held, up to the end of a line. */
static void hold(at_payload *p, at_span *in) {
  if (p->held_at > 0) {
    memmove(p->held, p->held + p->held_at, p->held_end - p->held_at);
    p->held_end -= p->held_at;
    p->held_at = 0;
  }
  size_t len = (size_t)(in->end - in->at);
  const char *lf = memchr(in->at, '\n', len);
  if (lf) len = (size_t)(lf + 1 - in->at);
  if (len > sizeof p->held - p->held_end) len = sizeof p->held - p->held_end;
  memcpy(p->held + p->held_end, in->at, len);
  p->held_end += len;
  in->at += len;
}

/* Hands on what is held, up to where words may begin again. */
static void release(at_payload *p, at_span *data) {
  if (p->holds_lines) p->has_lookalikes = true;
  const char *from = p->held + p->held_at;
  const char *end = p->held + p->held_end;
  size_t len = (size_t)(find_words(p, from, from + 1, end) - from);
  len = bounded(p, len);
  *data = (at_span){from, from + len};
  p->held_at += len;
  hand_on(p, len);
}

/* Hands on payload where it lies. False where there is none before the words. */
static bool take_plain(at_payload *p, at_span *in, at_span *data) {
  const char *end = in->at + bounded(p, (size_t)(in->end - in->at));
  const char *words = find_words(p, in->at, in->at, in->end);
  if (words < end) end = words;
  *data = (at_span){in->at, end};
  in->at = end;
  hand_on(p, (size_t)(data->end - data->at));
  return data->at < data->end;
}

/* True where what is held goes on as words. */
static bool still_fits(at_payload *p) {
  const char *start = p->held + p->held_at;
  reader r = begin_reading(p, p->count);
  if (!read_words(&r, start, p->held + p->held_end)) return false;
  if (r.blanks > MOST_BLANKS) return false;
  keep(p, &r);
  p->ok_at = r.ok ? (size_t)(r.ok - p->held) : 0;
  return true;
}

static bool is_full(const at_payload *p) {
  return p->held_end - p->held_at == sizeof p->held;
}

bool at_payload_take(at_payload *p, at_span *in, at_span *data) {
  p->is_pushed = false;
  while (p->left > 0) {
    if (!is_holding(p)) {
      if (in->at == in->end) return false;
      if (take_plain(p, in, data)) return true;
      if (p->left > 0) hold(p, in);
    } else if (!still_fits(p)) {
      release(p, data);
      return true;
    } else if (in->at == in->end) {
      return false;
    } else if (!is_full(p)) {
      hold(p, in);
    } else {
      p->is_pushed = true;
      release(p, data);
      return true;
    }
  }
  return false;
}

bool at_payload_is_paused(const at_payload *p) {
  return is_holding(p) && p->has_lookalikes && p->ok_at > p->held_at;
}

void at_payload_keep(at_payload *p) {
  p->kept = p->ok_at - p->held_at;
  p->held_at = p->ok_at;
}

bool at_payload_take_blanks(at_payload *p, at_span *data) {
  size_t len = bounded(p, 2 * p->spare_blanks);
  p->spare_blanks = 0;
  if (!is_holding(p) || len == 0) return false;
  const char *from = p->held + p->held_at;
  *data = (at_span){from, from + len};
  p->held_at += len;
  hand_on(p, len);
  return true;
}

static void reverse(char *from, char *to) {
  while (from < to) {
    char c = *from;
    *from++ = *--to;
    *to = c;
  }
}

/* Moves what lies between `middle` and `end` before what lies between `from` and that. */
static void rotate(char *from, char *middle, char *end) {
  reverse(from, middle);
  reverse(middle, end);
  reverse(from, end);
}

/* Not one of those that the end is read from. */
static bool is_unsolicited(const at_payload *p, const char *line, size_t len) {
  at_cursor c = at_cursor_open(line, len);
  if (at_cursor_skip_words(&c, p->words) || at_urc_ends_data(line, len)) return false;
  if (at_final_parse(line, len).type != AT_FINAL_NONE) return false;
  return at_urc_matches(p->urc, line, len) || at_urc_has_shape(line, len);
}

/* The first whole line that is held and unsolicited, with the empty lines that the module
 * has said before it. */
static bool find_urc(at_payload *p, at_span *found) {
  const char *at = p->held + p->held_at;
  const char *end = p->held + p->held_end;
  found->at = at + 2 * p->spare_blanks;
  for (const char *lf; (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1) {
    if (lf - at < 2) continue;
    found->end = lf + 1;
    if (is_unsolicited(p, at, (size_t)(lf - 1 - at))) return true;
    found->at = found->end;
  }
  return false;
}

bool at_payload_take_urc(at_payload *p, at_span *line) {
  bool is_roomy = p->held_end - p->held_at < AT_PAYLOAD_HELD_SIZE / 2;
  at_span found;
  if (is_roomy || !find_urc(p, &found)) return false;
  char *from = p->held + p->held_at;
  size_t len = (size_t)(found.end - found.at);
  uint64_t place = p->count + (uint64_t)(found.at - from);
  if (place < p->torn_at) p->torn_at = place;
  rotate(from, p->held + (found.at - p->held), p->held + (found.end - p->held));
  p->held_at += len;
  p->ok_at = 0;
  *line = (at_span){from + 2 * count_blank_lines(from, from + len), from + len - 2};
  if (!is_holding(p)) p->ending = AT_ENDING_NONE;
  return true;
}
