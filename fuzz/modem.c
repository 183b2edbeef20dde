/*
 * The whole core: calls, an engine, and a module that answers rightly, wrongly, or
 * never, on a virtual clock. The input is a schedule of small orders (see obey()): start
 * a call, answer it, feed bytes, let time pass.
 *
 * What must always hold: every running call has a deadline; all calls end when the module
 * falls silent; no event belongs to a call that has ended; payload lies in the read buffer
 * and is counted exactly; a finished download is complete; no password is traced; the core
 * allocates nothing.
 */
#include <sanitizer/allocator_interface.h>
#include <string.h>

#include "at/mask.h"
#include "fuzz/calls.h"

enum { ROOM = 16384, STEPS_TO_END = 4000, DAY_MS = 24 * 3600 * 1000 };

typedef struct {
  modem *modem;
  fuzz_call calls[FUZZ_CALLS];
  int64_t now_ms;
  size_t room;      /* bytes that the port takes now */
  size_t read_size; /* bytes that a read gives */
  const char *span; /* being read */
  size_t span_len;
  size_t sent_len; /* since the last echo */
  char sent[4096];
} world;

static _Thread_local bool in_core; /* libFuzzer has a thread that allocates as it begins */
static bool tells_story;           /* FUZZ_STORY is set: what goes over the line, on stderr */

static void refuse_malloc(const volatile void *pointer, size_t size) {
  (void)pointer;
  (void)size;
  FUZZ_CHECK(!in_core);
}

static void ignore_free(const volatile void *pointer) {
  (void)pointer;
}

/* --- what is told --------------------------------------------------------- */

static bool lies_in(const char *text, size_t len, const char *from, size_t size) {
  return text >= from && len <= size && text + len <= from + size;
}

static bool contains(const char *text, size_t len, const char *word) {
  size_t word_len = strlen(word);
  for (size_t i = 0; i + word_len <= len; i++) {
    if (memcmp(text + i, word, word_len) == 0) return true;
  }
  return false;
}

static void tell(int64_t now_ms, const at_event *event) {
  const char *way = event->outgoing ? ">" : "<";
  if (event->payload > 0) {
    fprintf(stderr, "%8lld %s (%llu bytes)\n", (long long)now_ms, way,
            (unsigned long long)event->payload);
  } else {
    fprintf(stderr, "%8lld %s %.*s\n", (long long)now_ms, way, (int)event->len, event->text);
  }
}

static void check_trace(const at_event *event) {
  char masked[AT_LINE_SIZE + 3];
  if (event->payload > 0 || event->secret) return;
  size_t len = at_mask_secrets(event->text, event->len, masked, sizeof masked);
  if (event->outgoing) FUZZ_CHECK(!contains(masked, len, FUZZ_PASSWORD));
}

static void check_event(world *w, const at_event *event, modem_task *owner) {
  const at_framer *f = &w->modem->engine.framer;
  FUZZ_CHECK(event->type <= AT_EVENT_LINE || event->type == AT_EVENT_DATA);
  if (event->type == AT_EVENT_TRACE) {
    if (tells_story) tell(w->now_ms, event);
    check_trace(event);
    return;
  }
  if (event->type == AT_EVENT_URC) return;
  FUZZ_CHECK(owner && !modem_task_has_ended(owner));
  bool is_in_part =
      event->type == AT_EVENT_LINE && lies_in(event->text, event->len, f->line, sizeof f->line);
  FUZZ_CHECK(is_in_part || lies_in(event->text, event->len, w->span, w->span_len) ||
             lies_in(event->text, event->len, f->payload.held, AT_PAYLOAD_HELD_SIZE));
  if (event->type == AT_EVENT_DATA) {
    fuzz_call_count_data(fuzz_call_of(w->calls, owner), event->len);
  }
}

/* --- the pump, as src/lua/pump.c has it ------------------------------------- */

static void keep_sent(world *w, const char *data, size_t len) {
  if (len > sizeof w->sent - w->sent_len) w->sent_len = 0;
  if (len <= sizeof w->sent) memcpy(w->sent + w->sent_len, data, len);
  w->sent_len += len;
}

static bool transmit(world *w) {
  at_engine *e = &w->modem->engine;
  at_wants wants = at_engine_wants(e, w->now_ms);
  size_t len = wants.len;
  FUZZ_CHECK(len <= AT_SEND_WINDOW);
  if (len > w->room) len = w->room;
  if (len == 0) return false;
  keep_sent(w, wants.data, len);
  w->room -= len;
  at_engine_sent(e, len, w->now_ms);
  return true;
}

static void check_deadline(world *w) {
  const modem_task *head = w->modem->head;
  if (!head || fuzz_call_wants_block(fuzz_call_of(w->calls, head))) return;
  FUZZ_CHECK(modem_deadline(w->modem) <= w->now_ms + DAY_MS);
}

static void pump(world *w) {
  size_t limit = 2 * w->span_len + ROOM;
  in_core = true;
  for (size_t events = 0;; events++) {
    at_event event;
    modem_task *owner = w->modem->head;
    FUZZ_CHECK(events < limit);
    bool told = modem_read(w->modem, w->now_ms, &event) || modem_run(w->modem, w->now_ms, &event);
    if (at_engine_wants(&w->modem->engine, w->now_ms).flush) at_engine_flushed(&w->modem->engine);
    if (told) {
      check_event(w, &event, owner);
    } else if (w->modem->head == owner && !transmit(w)) {
      break;
    }
  }
  FUZZ_CHECK(!at_engine_has_input(&w->modem->engine));
  for (int i = 0; i < FUZZ_CALLS; i++) {
    if (w->calls[i].task) modem_expire(w->modem, w->calls[i].task, w->now_ms);
  }
  in_core = false;
  fuzz_calls_check(w->calls);
  check_deadline(w);
}

/* Every read has memory of its own, so that a look beyond it shows. */
static void feed(world *w, const char *bytes, size_t len) {
  while (len > 0) {
    size_t part = len < w->read_size ? len : w->read_size;
    char *span = malloc(part);
    memcpy(span, bytes, part);
    w->span = span;
    w->span_len = part;
    at_engine_feed(&w->modem->engine, span, part);
    pump(w);
    at_engine_feed(&w->modem->engine, "", 0);
    w->span_len = 0;
    free(span);
    bytes += part;
    len -= part;
  }
}

static void feed_text(world *w, const char *text) {
  feed(w, text, strlen(text));
}

/* --- the module ------------------------------------------------------------ */

static void echo(world *w) {
  char sent[sizeof w->sent];
  size_t len = w->sent_len < sizeof sent ? w->sent_len : sizeof sent;
  memcpy(sent, w->sent, len);
  w->sent_len = 0;
  feed(w, sent, len);
  feed_text(w, "\n");
}

/* A result line of the command that runs, with the number that fits, or not. */
static void answer_result(world *w, fuzz_input *in) {
  static const int codes[] = {0, 0, 0, 0, 605, 606, 627, 620, 0, 603};
  char line[128];
  const char *words = w->modem->engine.run.how.words;
  int code = codes[fuzz_take_byte(in) % (sizeof codes / sizeof codes[0])];
  unsigned how = fuzz_take_byte(in);
  long long number = how < 128 ? (long long)how : fuzz_calls_expected_count(w->calls, w->modem);
  snprintf(line, sizeof line, "\r\n%s: %d,%lld\r\n", words && !strchr(words, ';') ? words : "+X",
           code, number);
  feed_text(w, line);
}

static void answer_error(world *w, fuzz_input *in) {
  char line[64];
  snprintf(line, sizeof line, "\r\n+CME ERROR: %u\r\n", fuzz_take_word(in) % 700);
  feed_text(w, line);
}

static void feed_payload(world *w, size_t len, uint8_t byte) {
  char *bytes = malloc(len ? len : 1);
  memset(bytes, byte, len);
  feed(w, bytes, len);
  free(bytes);
}

static void feed_rest(world *w, fuzz_input *in) {
  uint64_t left = w->modem->engine.framer.payload.left;
  feed_payload(w, left < 65536 ? (size_t)left : 65536, fuzz_take_byte(in));
}

static void feed_raw(world *w, fuzz_input *in) {
  const char *bytes;
  size_t len = fuzz_take_bytes(in, fuzz_take_byte(in), &bytes);
  feed(w, bytes, len);
}

static void say_unasked(world *w, fuzz_input *in) {
  static const char *const lines[] = {
      "\r\n+QIURC: \"pdpdeact\",1\r\n", "\r\n+QFTPCLOSE: 606,0\r\n",  "\r\nRDY\r\n",
      "\r\nPOWERED DOWN\r\n",           "\r\n+QIURC: \"recv\",0\r\n", "\r\nAPP RDY\r\n"};
  feed_text(w, lines[fuzz_take_byte(in) % (sizeof lines / sizeof lines[0])]);
}

/* --- time ------------------------------------------------------------------ */

static void wait_until_deadline(world *w) {
  int64_t deadline_ms = modem_deadline(w->modem);
  if (deadline_ms < AT_NEVER && deadline_ms > w->now_ms) w->now_ms = deadline_ms;
  pump(w);
}

static void wait_ms(world *w, int64_t ms) {
  w->now_ms += ms;
  pump(w);
}

/* --- orders ------------------------------------------------------------------ */

static void hang_up(world *w) {
  at_error why = at_error_make(AT_ERROR_PORT, "", NULL);
  while (w->modem->head) modem_withdraw(w->modem, w->modem->head, &why);
}

static void withdraw(world *w, fuzz_input *in) {
  at_error why = at_error_make(AT_ERROR_CANCELLED, "", NULL);
  modem_task *t = w->calls[fuzz_take_byte(in) % FUZZ_CALLS].task;
  if (t) modem_withdraw(w->modem, t, &why);
}

static void obey(world *w, fuzz_input *in) {
  at_engine *e = &w->modem->engine;
  switch (fuzz_take_byte(in) % 22) {
    case 0: feed_raw(w, in); break;
    case 1: echo(w); break;
    case 2: feed_text(w, "\r\nOK\r\n"); break;
    case 3: answer_result(w, in); break;
    case 4: feed_text(w, "\r\nCONNECT\r\n"); break;
    case 5: feed_payload(w, fuzz_take_word(in), fuzz_take_byte(in)); break;
    case 6: feed_rest(w, in); break;
    case 7: feed_text(w, "\r\n"); break;
    case 8: answer_error(w, in); break;
    case 9: feed_text(w, "\r\nNO CARRIER\r\n"); break;
    case 10: wait_ms(w, fuzz_take_byte(in)); break;
    case 11: wait_until_deadline(w); break;
    case 12: w->room = fuzz_take_word(in); break;
    case 13: fuzz_calls_start(w->calls, w->modem, in, w->now_ms); break;
    case 14: withdraw(w, in); break;
    case 15: fuzz_calls_interrupt(w->calls, w->modem, in, w->now_ms); break;
    case 16: fuzz_calls_give(w->calls, w->modem, in, w->now_ms); break;
    case 17: say_unasked(w, in); break;
    case 18: at_engine_unsent(e, w->now_ms); break;
    case 19: at_engine_use_dtr(e); break;
    case 20: w->read_size = 1 + fuzz_take_word(in) % 4096; break;
    default: hang_up(w);
  }
  pump(w);
}

/* The module has fallen silent: whatever waits for it must end. */
static void end_all(world *w) {
  uint8_t last_chunk[] = {1, 0, 1};
  w->room = SIZE_MAX;
  for (int steps = 0; w->modem->head || !at_engine_is_idle(&w->modem->engine); steps++) {
    fuzz_input in = {last_chunk, last_chunk + sizeof last_chunk};
    FUZZ_CHECK(steps < STEPS_TO_END);
    fuzz_calls_give(w->calls, w->modem, &in, w->now_ms);
    wait_until_deadline(w);
  }
  FUZZ_CHECK(at_engine_is_idle(&w->modem->engine));
  FUZZ_CHECK(modem_deadline(w->modem) == AT_NEVER || w->modem->engine.line.dtr_from_ms > w->now_ms);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  tells_story = getenv("FUZZ_STORY") != NULL;
  FUZZ_CHECK(__sanitizer_install_malloc_and_free_hooks(refuse_malloc, ignore_free) > 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, data + size};
  world w = {.modem = malloc(sizeof *w.modem), .room = ROOM, .read_size = 4096};
  uint8_t settings = fuzz_take_byte(&in);
  modem_init(w.modem, settings & 1 ? 115200 : 0, 1);
  if (settings & 2) at_engine_set_clean(&w.modem->engine);
  at_engine_set_tracing(&w.modem->engine, tells_story || (settings & 4));
  while (in.at < in.end) obey(&w, &in);
  end_all(&w);
  fuzz_calls_free(w.calls);
  free(w.modem);
  return 0;
}
