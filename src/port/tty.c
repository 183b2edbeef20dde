/* Any terminal device through termios: ptys, and every port of a build without
 * libserialport. */
#include "port/backend.h"
#include "port/descriptor.h"
#include "port/speed.h"

#include <errno.h>
#include <termios.h>
#include <unistd.h>

/* Raw, 8N1. HUPCL is cleared because a module may take the fall of DTR when the
 * port is closed for an order (AT&D): it would hang up or leave data mode behind
 * the back of whoever opens the port next. */
static void make_raw(struct termios *settings, port_flow flowcontrol) {
  settings->c_iflag = 0;
  settings->c_oflag = 0;
  settings->c_lflag = 0;
  settings->c_cflag &= ~(tcflag_t)(CSIZE | PARENB | PARODD | CSTOPB | HUPCL | CRTSCTS);
  settings->c_cflag |= CS8 | CREAD | CLOCAL;
  if (flowcontrol == PORT_FLOW_RTSCTS) settings->c_cflag |= CRTSCTS;
  /* With O_NONBLOCK an idle line gives EAGAIN, so 0 means a hang-up. */
  settings->c_cc[VMIN] = 1;
  settings->c_cc[VTIME] = 0;
}

static int set_up(int fd, const port_settings *settings) {
  struct termios wanted;
  if (tcgetattr(fd, &wanted) != 0) return -errno;
  make_raw(&wanted, settings->flowcontrol);
  return speed_apply(fd, &wanted, settings->baudrate);
}

static void tty_close(port *p) {
  descriptor_release(p->fd);
  close(p->fd);
  *p = (port){.ops = NULL, .fd = -1, .handle = NULL};
}

static const port_ops tty_ops = {
    .read = descriptor_read,
    .write = descriptor_write,
    .flush_output = descriptor_flush_output,
    .count_unsent = descriptor_count_unsent,
    .set_baudrate = descriptor_set_baudrate,
    .set_dtr = descriptor_set_dtr,
    .now_ms = descriptor_now_ms,
    .close = tty_close,
};

int tty_open(port *p, int fd, const port_settings *settings) {
  int status = set_up(fd, settings);
  if (status != 0) return status;
  *p = (port){.ops = &tty_ops, .fd = fd, .handle = NULL};
  return 0;
}
