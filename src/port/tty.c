/* Any terminal device through termios: ptys, and every port of a build without
 * libserialport. */
#include "port/backend.h"
#include "port/baudrate.h"
#include "port/descriptor.h"

#include <errno.h>
#include <termios.h>
#include <unistd.h>

typedef struct {
  uint32_t rate;
  speed_t constant;
} standard_rate;

static const standard_rate standard_rates[] = {
    {1200, B1200},       {2400, B2400},   {4800, B4800},     {9600, B9600},     {19200, B19200},
    {38400, B38400},     {57600, B57600}, {115200, B115200}, {230400, B230400},
#ifdef B460800
    {460800, B460800},
#endif
#ifdef B500000
    {500000, B500000},
#endif
#ifdef B921600
    {921600, B921600},
#endif
#ifdef B1000000
    {1000000, B1000000},
#endif
#ifdef B1500000
    {1500000, B1500000},
#endif
#ifdef B2000000
    {2000000, B2000000},
#endif
#ifdef B3000000
    {3000000, B3000000},
#endif
#ifdef B4000000
    {4000000, B4000000},
#endif
};

static const standard_rate *find_standard_rate(uint32_t rate) {
  for (size_t i = 0; i < sizeof standard_rates / sizeof standard_rates[0]; i++) {
    if (standard_rates[i].rate == rate) return &standard_rates[i];
  }
  return NULL;
}

/* Raw, 8N1. HUPCL is cleared because otherwise DTR drops when the port is closed, and a
 * module may act on that (AT&D): hang up, or leave data mode, unnoticed by the program
 * that opens the port next. */
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

/* TCSANOW neither waits for output nor drops input. */
static int set_up(int fd, const port_settings *settings) {
  struct termios wanted;
  const standard_rate *standard = find_standard_rate(settings->baudrate);
  if (tcgetattr(fd, &wanted) != 0) return -errno;
  make_raw(&wanted, settings->flowcontrol);
  if (standard != NULL && cfsetspeed(&wanted, standard->constant) != 0) return -EINVAL;
  if (tcsetattr(fd, TCSANOW, &wanted) != 0) return -errno;
  return standard != NULL ? 0 : baudrate_set_custom(fd, settings->baudrate);
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
