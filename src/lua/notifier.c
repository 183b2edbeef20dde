/* The one descriptor on which a call waits for its modem: an epoll set of the
 * port and of a notifier. The notifier wakes whoever waits there for another reason than
 * the port, such as the end of its call; closing a descriptor would not, in any
 * event loop. As what it waits for is set here, the loop only ever sees "r". */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lua/core.h"

static int add(int set, int fd) {
  struct epoll_event event = {.events = EPOLLIN};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void close_one(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

int core_notifier_open(core_modem *m) {
  m->notifier_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  m->wait_fd = epoll_create1(EPOLL_CLOEXEC);
  bool is_made = m->notifier_fd >= 0 && m->wait_fd >= 0 && add(m->wait_fd, m->notifier_fd) == 0;
  if (is_made && (m->port.fd < 0 || add(m->wait_fd, m->port.fd) == 0)) return 0;
  int error = errno;
  core_notifier_close(m);
  return -error;
}

void core_notifier_close(core_modem *m) {
  close_one(&m->wait_fd);
  close_one(&m->notifier_fd);
}

void core_notifier_watch(core_modem *m, bool writable) {
  struct epoll_event event = {.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN};
  if (m->port.fd < 0 || writable == m->watches_write) return;
  m->watches_write = writable;
  epoll_ctl(m->wait_fd, EPOLL_CTL_MOD, m->port.fd, &event);
}

void core_notifier_forget_port(core_modem *m) {
  if (m->port.fd >= 0) epoll_ctl(m->wait_fd, EPOLL_CTL_DEL, m->port.fd, NULL);
}

void core_notifier_notify(core_modem *m) {
  if (m->notifier_fd < 0 || m->is_notified) return;
  m->is_notified = true;
  eventfd_write(m->notifier_fd, 1);
}

void core_notifier_reset(core_modem *m) {
  eventfd_t rings;
  if (m->notifier_fd < 0 || !m->is_notified) return;
  m->is_notified = false;
  eventfd_read(m->notifier_fd, &rings);
}
