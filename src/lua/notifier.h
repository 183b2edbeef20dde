/*
 * The one descriptor on which a call waits for its modem: an epoll set of the
 * port and of an eventfd. The eventfd wakes whoever waits there for another reason
 * than the port, such as the end of its call; closing a descriptor would not, in any
 * event loop. As what it waits for is set here, the loop only ever sees "r".
 */
#ifndef BG96_LUA_NOTIFIER_H
#define BG96_LUA_NOTIFIER_H

#include <stdbool.h>

typedef struct {
  int wait_fd;  /* the epoll set: becomes readable when there is something to do */
  int event_fd; /* in the set */
  int port_fd;  /* in the set; -1 where the port has no descriptor */
  bool is_notified;
  bool watches_write; /* wait_fd tells as well when the port takes more */
} core_notifier;

/* What a notifier is before it was opened. */
#define CORE_NOTIFIER_CLOSED ((core_notifier){.wait_fd = -1, .event_fd = -1, .port_fd = -1})

/* Makes wait_fd; `port_fd` may be -1. Returns 0 or a negative errno. */
int core_notifier_open(core_notifier *n, int port_fd);

/* May be called twice. The other functions do nothing on a closed notifier. */
void core_notifier_close(core_notifier *n);

/* Leaves wait_fd to whoever waits on it: moves it to `left`, readable for good and without
 * the port. `n` is closed then. */
void core_notifier_leave(core_notifier *n, core_notifier *left);

/* Has wait_fd tell, or not tell any more, when the port takes more output. */
void core_notifier_watch(core_notifier *n, bool writable);

/* The port has failed and would keep wait_fd readable for ever. */
void core_notifier_forget_port(core_notifier *n);

/* Makes wait_fd readable until core_notifier_reset(). */
void core_notifier_notify(core_notifier *n);
void core_notifier_reset(core_notifier *n);

#endif
