#include "port/port.h"

#include "port/backend.h"
#include "port/baudrate.h"
#include "port/descriptor.h"
#include "port/standard.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static int open_backend(port *p, int fd, const char *path, const port_settings *settings) {
#ifndef BG96_WITHOUT_LIBSERIALPORT
  int status = serialport_open(p, fd, path, settings);
  if (status == 0 || status == -EBUSY) return status;
#else
  (void)path;
#endif
  return tty_open(p, fd, settings);
}

/* A driver that cannot make one of the settings makes the others and reports success. */
static int verify_settings(int fd, const port_settings *settings) {
  struct termios now;
  if (tcgetattr(fd, &now) != 0) return -errno;
  bool rtscts = (now.c_cflag & CRTSCTS) != 0;
  if (rtscts != (settings->flowcontrol == PORT_FLOW_RTSCTS)) return -ENOTSUP;
  return baudrate_check(fd, settings->baudrate);
}

static int open_path(port *p, const port_settings *settings) {
  char path[PATH_MAX];
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
  if (settings->baudrate == 0 || settings->baudrate > INT_MAX) return -EINVAL;
  /* Names such as /dev/serial/by-id/... are links, which libserialport does not resolve. */
  if (realpath(settings->path, path) == NULL) return -errno;

  int fd = descriptor_open(path);
  if (fd < 0) return fd;
  /* Locked before anything is set, so that a refused opener changes nothing. */
  int status = descriptor_lock(fd);
  if (status == 0 && descriptor_is_exclusive(fd)) status = -EBUSY;
  if (status == 0) status = open_backend(p, fd, path, settings);
  if (status != 0) {
    close(fd);
    return status;
  }
  status = verify_settings(p->fd, settings);
  if (status == 0) status = descriptor_refuse_others(p->fd);
  if (status != 0) p->ops->close(p);
  return status;
}

/* libserialport opens descriptors of its own, whose numbers cannot be chosen. */
int port_open(port *p, const port_settings *settings) {
  unsigned held = standard_hold();
  int status = open_path(p, settings);
  standard_release(held);
  return status;
}
