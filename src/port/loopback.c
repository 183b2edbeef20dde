#include "port/loopback.h"

#include <errno.h>
#include <string.h>

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Copies in at most two parts: up to the end of the ring buffer, then from its start. */
static size_t queue_put(loopback_queue *queue, const char *data, size_t size) {
  size_t count = smaller(size, LOOPBACK_QUEUE_SIZE - queue->used);
  size_t tail = (queue->head + queue->used) % LOOPBACK_QUEUE_SIZE;
  size_t first = smaller(count, LOOPBACK_QUEUE_SIZE - tail);
  memcpy(queue->bytes + tail, data, first);
  memcpy(queue->bytes, data + first, count - first);
  queue->used += count;
  return count;
}

static size_t queue_take(loopback_queue *queue, char *buffer, size_t size) {
  size_t count = smaller(size, queue->used);
  size_t first = smaller(count, LOOPBACK_QUEUE_SIZE - queue->head);
  memcpy(buffer, queue->bytes + queue->head, first);
  memcpy(buffer + first, queue->bytes, count - first);
  queue->head = (queue->head + count) % LOOPBACK_QUEUE_SIZE;
  queue->used -= count;
  return count;
}

static ssize_t loopback_read(port *p, void *buffer, size_t size) {
  loopback *l = p->handle;
  if (l->error != 0) return -l->error;
  return (ssize_t)queue_take(&l->to_driver, buffer, size);
}

static ssize_t loopback_write(port *p, const void *data, size_t size) {
  loopback *l = p->handle;
  if (l->error != 0) return -l->error;
  size_t used = l->from_driver.used;
  size_t room = l->write_room > used ? l->write_room - used : 0;
  return (ssize_t)queue_put(&l->from_driver, data, smaller(size, room));
}

static int loopback_flush_output(port *p) {
  loopback *l = p->handle;
  l->from_driver.head = 0;
  l->from_driver.used = 0;
  l->flushes++;
  return 0;
}

static ssize_t loopback_count_unsent(port *p) {
  const loopback *l = p->handle;
  return (ssize_t)l->from_driver.used;
}

static int loopback_set_baudrate(port *p, uint32_t rate) {
  loopback *l = p->handle;
  if (l->highest_baudrate > 0 && rate > l->highest_baudrate) return -EINVAL;
  l->baudrate = rate;
  return 0;
}

static int loopback_set_dtr(port *p, bool asserted) {
  loopback *l = p->handle;
  l->dtr = asserted;
  return 0;
}

static int64_t loopback_now_ms(port *p) {
  const loopback *l = p->handle;
  return l->now_ms;
}

static void loopback_close(port *p) {
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
}

static const port_ops loopback_ops = {
    .read = loopback_read,
    .write = loopback_write,
    .flush_output = loopback_flush_output,
    .count_unsent = loopback_count_unsent,
    .set_baudrate = loopback_set_baudrate,
    .set_dtr = loopback_set_dtr,
    .now_ms = loopback_now_ms,
    .close = loopback_close,
};

void loopback_open(port *p, loopback *l) {
  *p = (port){.ops = &loopback_ops, .fd = -1, .handle = l};
}

size_t loopback_give(loopback *l, const char *data, size_t size) {
  return queue_put(&l->to_driver, data, size);
}

size_t loopback_take(loopback *l, char *buffer, size_t size) {
  return queue_take(&l->from_driver, buffer, size);
}
