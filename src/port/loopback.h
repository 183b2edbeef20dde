/*
 * A port in memory: two byte queues, and a clock that the test sets. The test takes
 * what the driver writes; the driver reads what the test gives. So a whole session
 * with an emulated module runs in one process, without descriptors, without sleeping,
 * and in any order of events.
 */
#ifndef BG96_PORT_LOOPBACK_H
#define BG96_PORT_LOOPBACK_H

#include "port/port.h"

enum { LOOPBACK_QUEUE_SIZE = 16384 };

typedef struct {
  char bytes[LOOPBACK_QUEUE_SIZE];
  size_t head; /* index of the oldest byte */
  size_t used; /* bytes held */
} loopback_queue;

typedef struct {
  loopback_queue to_driver;
  loopback_queue from_driver;
  size_t write_room; /* from_driver holds no more than this many bytes at a time */
  int64_t now_ms;
  uint32_t baudrate;         /* set last; 0 for none */
  uint32_t highest_baudrate; /* that is taken; 0 for any */
  int error;                 /* errno that read and write report from now on, 0 for none */
  unsigned flushes;          /* how often flush_output was called */
  bool dtr;                  /* last level of DTR */
} loopback;

/* Opens `p` on `l`. The caller owns `l`, has zeroed it, and has set write_room.
 * Cannot fail. */
void loopback_open(port *p, loopback *l);

/* The test's side. Gives `size` bytes to the driver; returns how many fit. */
size_t loopback_give(loopback *l, const char *data, size_t size);

/* Takes at most `size` bytes that the driver wrote; returns their number. */
size_t loopback_take(loopback *l, char *buffer, size_t size);

#endif
