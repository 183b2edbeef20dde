/*
 * The framer: whatever the bytes are and wherever the reads cut them, they give
 * the same tokens as in one chunk, and every token lies where it may.
 *
 * Input: what is expected, a length, a pattern of cuts, and the stream.
 */
#include <string.h>

#include "at/framer.h"
#include "fuzz/input.h"

enum { STREAM_MAX = 8192, RECORD_MAX = 4 * STREAM_MAX };

/* A payload of known length, or one that nobody knows the length of; behind either,
 * whoever reads it may find that it has ended before its time. */
typedef enum { EXPECT_LINES, EXPECT_DATA, EXPECT_ENDLESS, EXPECT_END, EXPECT_COUNT } expectation;

typedef struct {
  expectation what;
  unsigned payload_len;
  uint32_t cuts; /* state of a generator; 0: one chunk */
  const char *stream;
  size_t len;
} reading;

/* Tokens as bytes. Payload is one run, however many tokens it came in. */
typedef struct {
  size_t len;
  uint64_t payload;
  at_token_type last;
  char bytes[RECORD_MAX];
} record;

static void note(record *r, const char *bytes, size_t len) {
  FUZZ_CHECK(len <= sizeof r->bytes - r->len);
  if (len > 0) memcpy(r->bytes + r->len, bytes, len);
  r->len += len;
}

static bool lies_in(const at_token *t, const char *from, size_t size) {
  return t->text >= from && t->len <= size && t->text + t->len <= from + size;
}

static void check_place(const at_framer *f, const at_token *t, const char *span, size_t len) {
  if (t->type == AT_TOKEN_DATA) {
    FUZZ_CHECK(t->len > 0);
    FUZZ_CHECK(lies_in(t, span, len) || lies_in(t, f->payload.held, sizeof f->payload.held));
  } else if (t->type == AT_TOKEN_LINE) {
    FUZZ_CHECK(t->len > 0 && (lies_in(t, f->line, sizeof f->line) || lies_in(t, span, len) ||
                              lies_in(t, f->payload.held, sizeof f->payload.held)));
    FUZZ_CHECK(!memchr(t->text, '\n', t->len) && t->text[t->len - 1] != '\r');
  }
}

static void note_token(record *r, const at_token *t) {
  static const char marks[] = {'n', 'l', 'd', 'o', 'u'};
  if (t->type != AT_TOKEN_DATA || r->last != AT_TOKEN_DATA) note(r, &marks[t->type], 1);
  if (t->type == AT_TOKEN_DATA) r->payload += t->len;
  if (t->type == AT_TOKEN_LINE || t->type == AT_TOKEN_DATA) note(r, t->text, t->len);
  r->last = t->type;
}

static void expect(at_framer *f, const reading *how) {
  static const at_urc_table none;
  uint64_t length = how->what == EXPECT_ENDLESS ? AT_PAYLOAD_ENDLESS : how->payload_len;
  at_framer_init(f);
  if (how->what != EXPECT_LINES) at_framer_expect_payload(f, "+QFTPLIST", &none, length);
}

static void read_tokens(at_framer *f, record *r, const char *span, size_t len) {
  for (size_t tokens = 0;; tokens++) {
    at_token t = at_framer_next(f);
    if (t.type == AT_TOKEN_NONE) return;
    FUZZ_CHECK(tokens <= 2 * len + AT_PAYLOAD_HELD_SIZE);
    check_place(f, &t, span, len);
    note_token(r, &t);
  }
}

/* What is held when the stream is over, and the lines that it then is. */
static void read_end(at_framer *f, const reading *how, record *r) {
  char ending = (char)('0' + f->payload.ending);
  if (!f->in_payload) return;
  note(r, &ending, 1);
  if (how->what != EXPECT_END) return;
  at_framer_end_payload(f);
  read_tokens(f, r, NULL, 0);
}

static size_t cut(uint32_t *state, size_t left) {
  if (*state == 0) return left;
  *state = *state * 1664525u + 1013904223u;
  size_t len = 1 + (*state >> 24) % 32;
  return len < left ? len : left;
}

static void read_stream(const reading *how, record *r) {
  at_framer *f = malloc(sizeof *f);
  uint32_t cuts = how->cuts;
  memset(r, 0, offsetof(record, bytes));
  expect(f, how);
  for (size_t done = 0; done < how->len;) {
    size_t len = cut(&cuts, how->len - done);
    char *span = malloc(len); /* its own, so that a look beyond it shows */
    memcpy(span, how->stream + done, len);
    at_framer_feed(f, span, len);
    read_tokens(f, r, span, len);
    FUZZ_CHECK(!at_framer_has_input(f));
    free(span);
    done += len;
  }
  bool has_length = how->what == EXPECT_DATA || how->what == EXPECT_END;
  if (has_length) FUZZ_CHECK(r->payload <= how->payload_len);
  read_end(f, how, r);
  free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static record whole, cut_up;
  fuzz_input in = {data, data + size};
  reading how = {.what = (expectation)(fuzz_take_byte(&in) % EXPECT_COUNT)};
  how.payload_len = fuzz_take_word(&in);
  uint32_t cuts = fuzz_take_word(&in) + 1;
  how.len = fuzz_take_bytes(&in, STREAM_MAX, &how.stream);
  read_stream(&how, &whole);
  how.cuts = cuts;
  read_stream(&how, &cut_up);
  FUZZ_CHECK(whole.len == cut_up.len && memcmp(whole.bytes, cut_up.bytes, whole.len) == 0);
  return 0;
}
