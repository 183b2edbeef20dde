#include "lua/hash.h"

#include <string.h>

enum { BLOCK = 64 };

static const uint32_t constants[BLOCK] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t x, int bits) {
  return x >> bits | x << (32 - bits);
}

static uint32_t word_at(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void spread(const unsigned char *block, uint32_t words[BLOCK]) {
  for (int i = 0; i < 16; i++) words[i] = word_at(block + 4 * i);
  for (int i = 16; i < BLOCK; i++) {
    uint32_t a = words[i - 15], b = words[i - 2];
    uint32_t small = turn(a, 7) ^ turn(a, 18) ^ a >> 3;
    uint32_t large = turn(b, 17) ^ turn(b, 19) ^ b >> 10;
    words[i] = words[i - 16] + small + words[i - 7] + large;
  }
}

/* s holds a to h of the standard. */
static void mix(uint32_t s[8], uint32_t value) {
  uint32_t one = turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25);
  uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
  uint32_t zero = turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22);
  uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
  uint32_t first = s[7] + one + choice + value;
  memmove(s + 1, s, 7 * sizeof *s);
  s[4] += first;
  s[0] = first + zero + majority;
}

static void digest_block(uint32_t state[8], const unsigned char *block) {
  uint32_t words[BLOCK], s[8];
  spread(block, words);
  memcpy(s, state, sizeof s);
  for (int i = 0; i < BLOCK; i++) mix(s, constants[i] + words[i]);
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

/* The rest of the text, a bit, and the length in bits. */
static void digest_end(uint32_t state[8], const char *rest, size_t rest_len, size_t len) {
  unsigned char blocks[2 * BLOCK] = {0};
  size_t count = rest_len < BLOCK - 8 ? 1 : 2;
  uint64_t bits = (uint64_t)len * 8;
  memcpy(blocks, rest, rest_len);
  blocks[rest_len] = 0x80;
  for (size_t i = 0; i < 8; i++) {
    blocks[count * BLOCK - 1 - i] = (unsigned char)(bits >> (8 * i) & 0xff);
  }
  for (size_t i = 0; i < count; i++) digest_block(state, blocks + i * BLOCK);
}

int core_hash(lua_State *L) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  static const char digits[] = "0123456789abcdef";
  size_t len, at = 0;
  char hex[32];
  const char *text = luaL_checklstring(L, 1, &len);
  for (; len - at >= BLOCK; at += BLOCK) digest_block(state, (const unsigned char *)text + at);
  digest_end(state, text + at, len - at, len);
  for (size_t i = 0; i < sizeof hex; i++) hex[i] = digits[state[i / 8] >> (28 - 4 * (i % 8)) & 15];
  lua_pushlstring(L, hex, sizeof hex);
  return 1;
}
