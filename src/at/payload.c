#include "at/payload.h"

#include <string.h>

#include "at/cursor.h"
#include "at/final.h"

void at_payload_begin(at_payload *p, const char *words, const at_urc_table *urc, uint64_t length) {
  p->words = words;
  p->urc = urc;
  p->left = length;
  p->count = 0;
  p->ending = AT_ENDING_NONE;
  p->overflows = p->leads_blank = p->gives_blank = false;
  p->held_at = p->held_end = 0;
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
  bool has_ok;      /* OK was one of them */
  bool leads_blank; /* an empty line was the first */
  bool is_counted;  /* the number of bytes fits what stands before that */
  bool is_lenient;  /* lines count for what they look like, not for what stands before them */
} reader;

/* `+QFDWL: <count>,<checksum>`, before OK */
static bool counts_first(const reader *r, at_cursor c) {
  int64_t count;
  uint64_t checksum;
  return r->ending == AT_ENDING_LINES && r->count > 0 && at_cursor_take_integer(&c, &count) &&
         (uint64_t)count == r->count && at_cursor_take_hex(&c, &checksum) && at_cursor_at_end(&c);
}

/* `+QFTPGET: 0,<count>`, behind OK, or an error */
static bool counts_second(const reader *r, at_cursor c) {
  int64_t code, second;
  if (!at_cursor_take_integer(&c, &code) || !at_cursor_take_integer(&c, &second)) return false;
  if (!at_cursor_at_end(&c)) return false;
  if (code != 0) return code >= 601 && code <= 631;
  return r->has_ok && (uint64_t)second == r->count;
}

static bool read_result(reader *r, at_cursor c) {
  bool is_first = counts_first(r, c);
  if (!is_first && !counts_second(r, c)) return false;
  r->is_counted = is_first || r->has_ok;
  r->ending = AT_ENDING_RESULT;
  return true;
}

/* Behind OK only the result line is ours, with the number of bytes where that is unknown. */
static bool read_final(reader *r, at_final_type type) {
  bool has_length = r->payload->left != AT_PAYLOAD_ENDLESS;
  bool awaits_result = r->has_ok && !has_length && r->ending != AT_ENDING_RESULT;
  if (awaits_result && type != AT_FINAL_NO_CARRIER && type != AT_FINAL_CME) return true;
  bool is_first = r->ending == AT_ENDING_LINES || r->ending == AT_ENDING_LOST;
  if (type == AT_FINAL_OK) {
    if (r->ending == AT_ENDING_LINES) r->ending = AT_ENDING_OK;
    r->has_ok = true;
    return is_first;
  }
  if (type != AT_FINAL_NO_CARRIER && type != AT_FINAL_CME) return false;
  is_first = is_first || r->ending == AT_ENDING_OK;
  r->ending = AT_ENDING_LOST;
  return is_first;
}

/* An unknown word may be unsolicited behind the end; before it only where there is no
 * length, as then the number of bytes shows whether the line is payload. */
static bool may_be_unknown(const reader *r) {
  return r->ending != AT_ENDING_LINES || r->payload->left == AT_PAYLOAD_ENDLESS;
}

static bool read_unsolicited(reader *r, const char *line, size_t len) {
  bool is_known = at_urc_matches(r->payload->urc, line, len);
  if (!is_known) return may_be_unknown(r) && at_urc_has_shape(line, len);
  if (r->ending == AT_ENDING_LINES && at_urc_ends_data(line, len)) r->ending = AT_ENDING_LOST;
  return true;
}

static bool read_line(reader *r, const char *line, size_t len) {
  at_cursor c = at_cursor_open(line, len);
  if (at_cursor_skip_words(&c, r->payload->words)) return r->is_lenient || read_result(r, c);
  at_final_type type = at_final_parse(line, len).type;
  if (type != AT_FINAL_NONE && r->is_lenient) return true;
  return type != AT_FINAL_NONE ? read_final(r, type) : read_unsolicited(r, line, len);
}

/* Whether a line that is cut may become one of those above. */
static bool may_go_on(const reader *r, const char *line, size_t len) {
  if (line[len - 1] == '\r') len--;
  for (size_t i = 0; i < len; i++) {
    if (line[i] < ' ' || line[i] > '~') return false;
  }
  if (at_words_may_begin(r->payload->words, line, len)) return true;
  if (at_words_may_begin("OK;ERROR;NO CARRIER;+CME ERROR", line, len)) return true;
  if (may_be_unknown(r) && at_urc_may_have_shape(line, len)) return true;
  return at_urc_may_match(r->payload->urc, line, len);
}

/* Reads lines, the last of which may be cut. True where they can be what the module
 * says, and not payload. */
static bool read_words(reader *r, const char *at, const char *end) {
  r->leads_blank = end - at >= 4 && memcmp(at, "\r\n\r\n", 4) == 0;
  if (at < end && *at != '\r') return false;
  while (at < end) {
    const char *lf = memchr(at, '\n', (size_t)(end - at));
    if (!lf) return may_go_on(r, at, (size_t)(end - at));
    if (lf == at || lf[-1] != '\r') return false;
    if (lf - 1 > at && !read_line(r, at, (size_t)(lf - 1 - at))) return false;
    at = lf + 1;
  }
  return true;
}

/* --- holding -------------------------------------------------------------- */

static void keep(at_payload *p, const reader *r) {
  p->ending = r->ending;
  p->leads_blank = r->leads_blank && !r->is_counted;
}

/* Whether there is nothing but lines of a module's from the first line end on. */
static bool ends_with_lines(const at_payload *p, const char *at, const char *end) {
  reader r = {p, 0, AT_ENDING_OK, true, false, false, true};
  const char *cr = memchr(at, '\r', (size_t)(end - at));
  return cr && read_words(&r, cr, end);
}

/* Where to look for words: they go on to the end, so the last bytes tell whether they can
 * have begun before these. */
static const char *find_tail(const at_payload *p, const char *at, const char *end) {
  if (end - at <= AT_PAYLOAD_HELD_SIZE) return at;
  const char *tail = end - AT_PAYLOAD_HELD_SIZE;
  return ends_with_lines(p, tail, end) ? at : tail;
}

/* The first CR from `at` on behind which there is nothing but words, or `end`. All
 * before `from` has been handed on. */
static const char *find_words(at_payload *p, const char *from, const char *at, const char *end) {
  at = find_tail(p, at, end);
  while (at < end) {
    const char *cr = memchr(at, '\r', (size_t)(end - at));
    if (!cr) break;
    at = cr + 1;
    if (at < end && *at != '\n') continue;
    reader r = {p, p->count + (uint64_t)(cr - from), AT_ENDING_LINES, false, false, false, false};
    const char *limit = end - cr > AT_PAYLOAD_HELD_SIZE ? cr + AT_PAYLOAD_HELD_SIZE : end;
    if (!read_words(&r, cr, limit)) continue;
    keep(p, &r);
    /* So many unsolicited lines at once, without the words of an end, are payload. */
    if (limit == end || r.ending > AT_ENDING_OK) return cr;
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
  const char *from = p->held + p->held_at;
  const char *end = p->held + p->held_end;
  p->gives_blank = false;
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
  reader r = {p, p->count, AT_ENDING_LINES, false, false, false, false};
  if (!read_words(&r, p->held + p->held_at, p->held + p->held_end)) return false;
  keep(p, &r);
  return true;
}

static bool is_full(const at_payload *p) {
  return p->held_end - p->held_at == sizeof p->held;
}

bool at_payload_take(at_payload *p, at_span *in, at_span *data) {
  while (p->left > 0 && !p->overflows) {
    if (!is_holding(p)) {
      if (in->at == in->end) return false;
      if (take_plain(p, in, data)) return true;
      if (p->left > 0) hold(p, in);
    } else if (p->gives_blank || !still_fits(p)) {
      release(p, data);
      return true;
    } else if (in->at == in->end) {
      return false;
    } else if (!is_full(p)) {
      hold(p, in);
    } else if (p->ending > AT_ENDING_OK) {
      p->overflows = true;
    } else {
      release(p, data);
      return true;
    }
  }
  return false;
}

bool at_payload_give_blank(at_payload *p) {
  p->gives_blank = is_holding(p) && p->leads_blank;
  return p->gives_blank;
}

bool at_payload_take_urc(at_payload *p, at_span *line) {
  const char *at = p->held + p->held_at;
  const char *end = p->held + p->held_end;
  if (p->ending != AT_ENDING_LINES || end - at < AT_PAYLOAD_HELD_SIZE / 2) return false;
  while (at < end && (*at == '\r' || *at == '\n')) at++;
  const char *lf = memchr(at, '\n', (size_t)(end - at));
  if (!lf) return false;
  *line = (at_span){at, lf - 1};
  p->held_at = (size_t)(lf + 1 - p->held);
  if (!is_holding(p)) p->ending = AT_ENDING_NONE;
  return true;
}
