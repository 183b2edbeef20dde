/*
 * A null-modem cable between two ptys: what is written to one comes out of the other, no
 * faster than a serial line of that baud rate would carry it.
 *
 *   relay BAUDRATE   prints both paths, then relays until it is killed
 */
#define _GNU_SOURCE /* ppoll */
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "pace.h"
#include "terminal.h"

typedef struct {
  int from, to;
  pace pace;
  char queue[PACE_QUEUE_SIZE];
  size_t queue_len;
} direction;

static void fill_queue(direction *d, int64_t now_ns) {
  size_t space = sizeof d->queue - d->queue_len;
  ssize_t got = space > 0 ? read(d->from, d->queue + d->queue_len, space) : 0;
  if (d->queue_len == 0) pace_look(&d->pace, got, now_ns);
  if (got > 0) d->queue_len += (size_t)got;
}

static void carry(direction *d, int64_t now_ns) {
  fill_queue(d, now_ns);
  int64_t room = pace_room(&d->pace, now_ns);
  size_t count = room < (int64_t)d->queue_len ? (size_t)room : d->queue_len;
  ssize_t sent = count > 0 ? write(d->to, d->queue, count) : 0;
  if (sent <= 0) return;
  pace_pass(&d->pace, sent);
  d->queue_len -= (size_t)sent;
  memmove(d->queue, d->queue + sent, d->queue_len);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  uint32_t baudrate = (uint32_t)strtoul(argv[1], NULL, 10);
  terminal a = terminal_open(), b = terminal_open();
  direction ways[2] = {{.from = a.master, .to = b.master}, {.from = b.master, .to = a.master}};
  fflush(stdout);
  ways[0].pace.baudrate = ways[1].pace.baudrate = baudrate;
  for (;;) {
    struct pollfd set[2];
    struct timespec tick = {0, PACE_TICK_MS * 500000L};
    bool is_active = ways[0].queue_len > 0 || ways[1].queue_len > 0;
    for (int i = 0; i < 2; i++) {
      bool is_hungry = ways[i].queue_len <= PACE_QUEUE_SIZE / 2;
      set[i] = (struct pollfd){ways[i].from, is_hungry ? POLLIN : 0, 0};
    }
    ppoll(set, 2, is_active ? &tick : NULL, NULL);
    for (int i = 0; i < 2; i++) carry(&ways[i], pace_now_ns());
  }
}
