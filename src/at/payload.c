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
  p->leads_blank = p->gives_blank = false;
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
  bool leads_blank; /* an empty line was the first */
  bool is_counted;  /* the number of bytes fits what stands before that */
  bool has_ok;
  bool is_over; /* a final result code behind which no other can come */
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
  return r->ending == AT_ENDING_OK && (uint64_t)second == r->count;
}

static bool read_result(reader *r, at_cursor c) {
  bool is_first = counts_first(r, c);
  if (!is_first && !counts_second(r, c)) return false;
  r->is_counted = is_first || r->ending == AT_ENDING_OK;
  r->ending = AT_ENDING_RESULT;
  return true;
}

/* OK is one, and only the result line follows; NO CARRIER and +CME ERROR are the last. */
static bool read_final(reader *r, at_final_type type) {
  if (r->is_over || r->ending == AT_ENDING_RESULT) return false;
  if (type == AT_FINAL_OK) {
    bool is_first = !r->has_ok;
    if (r->ending == AT_ENDING_LINES) r->ending = AT_ENDING_OK;
    r->has_ok = true;
    return is_first;
  }
  r->ending = AT_ENDING_LOST;
  r->is_over = true;
  return type == AT_FINAL_NO_CARRIER || type == AT_FINAL_CME;
}

/* Of unknown words only those behind the end are taken for unsolicited. */
static bool read_unsolicited(reader *r, const char *line, size_t len) {
  bool is_known = at_urc_matches(r->payload->urc, line, len);
  if (!is_known) return r->ending != AT_ENDING_LINES && at_urc_has_shape(line, len);
  if (r->ending == AT_ENDING_LINES && at_urc_ends_data(line, len)) r->ending = AT_ENDING_LOST;
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
  return type != AT_FINAL_NONE ? read_final(r, type) : read_unsolicited(r, line, len);
}

/* Whether a line that is cut may become one of those above. */
static bool may_go_on(const reader *r, const char *line, size_t len) {
  if (line[len - 1] == '\r') len--;
  if (!is_printable(line, len)) return false;
  if (at_words_may_begin(r->payload->words, line, len)) return true;
  if (at_words_may_begin("OK;NO CARRIER;+CME ERROR", line, len)) return true;
  if (r->ending != AT_ENDING_LINES && at_urc_may_have_shape(line, len)) return true;
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
    reader r = {.payload = p, .count = p->count + (uint64_t)(cr - from), .ending = AT_ENDING_LINES};
    if (!read_words(&r, cr, end)) continue;
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
  reader r = {.payload = p, .count = p->count, .ending = AT_ENDING_LINES};
  if (!read_words(&r, p->held + p->held_at, p->held + p->held_end)) return false;
  keep(p, &r);
  return true;
}

static bool is_full(const at_payload *p) {
  return p->held_end - p->held_at == sizeof p->held;
}

bool at_payload_take(at_payload *p, at_span *in, at_span *data) {
  while (p->left > 0) {
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
