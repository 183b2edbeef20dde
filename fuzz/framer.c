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

typedef enum { EXPECT_LINES, EXPECT_DATA, EXPECT_TRAILER, EXPECT_OK, EXPECT_COUNT } expectation;

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
  bool is_unframed;
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
    FUZZ_CHECK(lies_in(t, span, len) ||
               lies_in(t, f->trailer.released, sizeof f->trailer.released));
  } else if (t->type == AT_TOKEN_LINE) {
    FUZZ_CHECK(t->len > 0 && lies_in(t, f->line, sizeof f->line));
    FUZZ_CHECK(!memchr(t->text, '\n', t->len) && t->text[t->len - 1] != '\r');
  }
}

static void note_token(record *r, const at_token *t) {
  static const char marks[] = {'n', 'l', 'd', 'o', 'u'};
  if (t->type != AT_TOKEN_DATA || r->last != AT_TOKEN_DATA) note(r, &marks[t->type], 1);
  if (t->type == AT_TOKEN_DATA) r->payload += t->len;
  if (t->type == AT_TOKEN_LINE || t->type == AT_TOKEN_DATA) note(r, t->text, t->len);
  if (t->type == AT_TOKEN_UNFRAMED) r->is_unframed = true;
  r->last = t->type;
}

static void expect(at_framer *f, const reading *how) {
  at_framer_init(f);
  if (how->what == EXPECT_TRAILER) {
    at_framer_expect_trailer(f, "+QFTPLIST");
  } else if (how->what != EXPECT_LINES) {
    at_framer_expect_data(f, how->payload_len);
  }
  if (how->what == EXPECT_OK && how->payload_len > 0) at_framer_expect_ok(f);
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
    for (size_t tokens = 0;; tokens++) {
      at_token t = at_framer_next(f);
      if (t.type == AT_TOKEN_NONE) break;
      FUZZ_CHECK(tokens <= 2 * len + AT_TRAILER_SIZE);
      check_place(f, &t, span, len);
      if (!r->is_unframed || how->what != EXPECT_OK) note_token(r, &t);
    }
    FUZZ_CHECK(f->in == f->in_end);
    free(span);
    done += len;
  }
  if (how->what == EXPECT_DATA) FUZZ_CHECK(r->payload <= how->payload_len);
  if (at_trailer_is_complete(&f->trailer)) {
    const char *line;
    size_t len = at_trailer_outcome(&f->trailer, &line);
    note(r, "e", 1);
    note(r, line, len);
  }
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
  /* Where "+++" did not end the payload in time and then what must follow it is
   * missing, both fail; how much of the payload came before may differ. */
  FUZZ_CHECK(whole.is_unframed == cut_up.is_unframed);
  if (how.what == EXPECT_OK && whole.is_unframed) return 0;
  FUZZ_CHECK(whole.len == cut_up.len && memcmp(whole.bytes, cut_up.bytes, whole.len) == 0);
  return 0;
}
