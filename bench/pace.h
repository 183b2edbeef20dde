/*
 * The pace of one direction of a serial line, 8N1. A byte takes ten bit times. Idle time is
 * lost; after a late wake-up the line catches up.
 */
#ifndef BG96_BENCH_PACE_H
#define BG96_BENCH_PACE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
  PACE_TICK_MS = 2, /* bytes of that much time are worth waking up for */
  /* Bytes that wait in the host, as in the transmit buffer of a Linux serial driver.
   * Without it the line would seem idle whenever a pty passes bytes on late. */
  PACE_QUEUE_SIZE = 4096,
  PACE_GRACE_NS = 2000000, /* a shorter pause is caused by the pty, not by the sender */
  PACE_UNLIMITED = 1 << 30
};

typedef struct {
  uint32_t baudrate; /* 0: no limit */
  int64_t free_ns;   /* the line is taken until then; 0: nothing has passed yet */
  int64_t empty_ns;  /* since when the sender has sent nothing; 0: it has */
} pace;

static inline int64_t pace_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* How many more bytes may pass by now. */
static inline int64_t pace_room(const pace *p, int64_t now_ns) {
  if (p->baudrate == 0) return PACE_UNLIMITED;
  int64_t passed_ns = now_ns - p->free_ns;
  if (passed_ns > 1000000000) passed_ns = 1000000000;
  return passed_ns > 0 ? passed_ns * p->baudrate / 10000000000 : 0;
}

/* `count` bytes have passed. */
static inline void pace_pass(pace *p, int64_t count) {
  if (p->baudrate > 0) p->free_ns += count * 10000000000 / p->baudrate;
}

/* The line was idle until now. */
static inline void pace_begin(pace *p, int64_t now_ns) {
  if (p->free_ns < now_ns) p->free_ns = now_ns;
  p->empty_ns = 0;
}

/* The sender was asked, and had `count` bytes. */
static inline void pace_look(pace *p, int64_t count, int64_t now_ns) {
  if (count > 0) {
    bool has_paused = p->empty_ns > 0 && now_ns - p->empty_ns > PACE_GRACE_NS;
    if (has_paused || p->free_ns == 0) pace_begin(p, now_ns);
    p->empty_ns = 0;
  } else if (p->empty_ns == 0) {
    p->empty_ns = now_ns;
  }
}

#endif
