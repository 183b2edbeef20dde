#include "lua/notifier.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "port/standard.h"

static int add(int set, int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void close_one(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

int core_notifier_open(core_notifier *n, int port_fd) {
  *n = CORE_NOTIFIER_CLOSED;
  n->port_fd = port_fd;
  n->event_fd = standard_keep_clear(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  n->wait_fd = standard_keep_clear(epoll_create1(EPOLL_CLOEXEC));
  bool is_made = n->event_fd >= 0 && n->wait_fd >= 0 && add(n->wait_fd, n->event_fd) == 0;
  if (is_made && (port_fd < 0 || add(n->wait_fd, port_fd) == 0)) return 0;
  int error = errno;
  core_notifier_close(n);
  return -error;
}

/* The port's descriptor is the port's to close. */
void core_notifier_close(core_notifier *n) {
  close_one(&n->wait_fd);
  close_one(&n->event_fd);
  n->port_fd = -1;
}

void core_notifier_leave(core_notifier *n, core_notifier *left) {
  core_notifier_forget_port(n);
  core_notifier_notify(n);
  *left = *n;
  *n = CORE_NOTIFIER_CLOSED;
}

void core_notifier_watch(core_notifier *n, bool writable) {
  struct epoll_event event = {.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN};
  if (n->port_fd < 0 || writable == n->watches_write) return;
  n->watches_write = writable;
  epoll_ctl(n->wait_fd, EPOLL_CTL_MOD, n->port_fd, &event);
}

void core_notifier_forget_port(core_notifier *n) {
  if (n->port_fd >= 0) epoll_ctl(n->wait_fd, EPOLL_CTL_DEL, n->port_fd, NULL);
  n->port_fd = -1;
}

void core_notifier_notify(core_notifier *n) {
  if (n->event_fd < 0 || n->is_notified) return;
  n->is_notified = true;
  eventfd_write(n->event_fd, 1);
}

void core_notifier_reset(core_notifier *n) {
  eventfd_t count;
  if (n->event_fd < 0 || !n->is_notified) return;
  n->is_notified = false;
  eventfd_read(n->event_fd, &count);
}
