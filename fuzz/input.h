/* Takes the bytes of a fuzzer's input one after the other; behind its end there are
 * zeros. */
#ifndef BG96_FUZZ_INPUT_H
#define BG96_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} fuzz_input;

/* Ends the run with the place and the rule that was broken; unlike assert() it
 * cannot be compiled out. */
#define FUZZ_CHECK(rule)                                                                           \
  do {                                                                                             \
    if (!(rule)) {                                                                                 \
      fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #rule);                           \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

static inline uint8_t fuzz_take_byte(fuzz_input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

static inline unsigned fuzz_take_word(fuzz_input *in) {
  unsigned high = fuzz_take_byte(in);
  return high << 8 | fuzz_take_byte(in);
}

/* Sets `data` to at most `len` bytes of the input; returns how many there are. */
static inline size_t fuzz_take_bytes(fuzz_input *in, size_t len, const char **data) {
  size_t left = (size_t)(in->end - in->at);
  if (len > left) len = left;
  *data = (const char *)in->at;
  in->at += len;
  return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
