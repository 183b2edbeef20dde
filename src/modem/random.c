#include "modem/random.h"

/* xorshift64 */
uint64_t modem_random_next(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}
