/*
 * A serial port as a small vtable. What carries the bytes is one of
 *
 *   serialport.c   a real UART or USB adapter, through libserialport
 *   tty.c          any other terminal device, such as a pty, through termios
 *   loopback.c     two buffers in memory, with a clock that a test sets
 *
 * No operation blocks. A failure is a negative errno value. -EIO means a hang-up: the
 * device reported it, or a read found nothing after a wake-up. After a failure only
 * close() may be called.
 */
#ifndef BG96_PORT_PORT_H
#define BG96_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct port port;

typedef enum { PORT_FLOW_NONE, PORT_FLOW_RTSCTS } port_flow;

/* What port_open() needs. It does not keep the strings. */
typedef struct {
  const char *path;      /* device path such as "/dev/ttyUSB2" */
  uint32_t baudrate;     /* bits a second, 8N1 */
  port_flow flowcontrol; /* hardware flow control or none */
} port_settings;

typedef struct {
  /* Reads what has arrived, at most `size` bytes. Returns their number, 0 if nothing is
   * there, or a negative errno value. */
  ssize_t (*read)(port *p, void *buffer, size_t size);
  /* Writes at most `size` bytes. Returns how many were accepted (0 if the output queue
   * is full), or a negative errno value. */
  ssize_t (*write)(port *p, const void *data, size_t size);
  /* Discards what was written but has not left the host (TCOFLUSH).
   * Returns 0 or a negative errno value. */
  int (*flush_output)(port *p);
  /* Bytes written that have not left the host yet, or a negative errno value.
   * A port that cannot know answers 0; one that knows it roughly answers too many. */
  ssize_t (*count_unsent)(port *p);
  /* Sends and receives at `rate` bits a second from now on; what was written must have
   * left. Returns 0; or a negative errno value, and the rate stays: -EINVAL one that the
   * device does not have. */
  int (*set_baudrate)(port *p, uint32_t rate);
  /* Drives the DTR line: true is asserted ("on"). -ENOTTY where there is none. */
  int (*set_dtr)(port *p, bool asserted);
  /* Milliseconds of this port's clock, which never goes back: CLOCK_MONOTONIC for a
   * device, the test's own for a loopback. */
  int64_t (*now_ms)(port *p);
  /* Releases locks and descriptor without waiting: what has not left the host by then is
   * lost. The port is then as if never opened. */
  void (*close)(port *p);
} port_ops;

/* One port; the memory is the caller's. `ops` is NULL while it is closed. */
struct port {
  const port_ops *ops;
  int fd;       /* to be polled; -1 if there is no descriptor */
  void *handle; /* the backend's own (struct sp_port *, loopback buffers) */
};

/*
 * Opens `settings->path`, locks it, and sets it raw 8N1 at the baud rate:
 * flock() first, then TIOCEXCL, so that a second opener is refused with -EBUSY
 * in this program and in any other; a refused opener changes nothing. Who holds the
 * port exclusively without a lock is found by TIOCGEXCL, also by root. A pty is
 * locked by flock() alone, because there TIOCEXCL outlives a killed process.
 * O_CLOEXEC keeps the port out of child processes. Pending input and output of
 * an earlier user are kept: they tell what state the module was left in.
 *
 * libserialport is tried for what it knows as a serial port; everything else, and what
 * it fails on, goes to termios. Built with -DBG96_WITHOUT_LIBSERIALPORT, termios serves all.
 * Returns 0 or a negative errno value: -EBUSY locked, -ENOTTY not a terminal,
 * -EINVAL a baud rate that the device refuses, -ENOTSUP a flow control that it
 * does not have, or what open(2) said.
 */
int port_open(port *p, const port_settings *settings);

/* A serial port of this machine; empty strings and -1 for what is unknown. The strings
 * are valid until the visitor returns. */
typedef struct {
  const char *path;
  const char *description;
  const char *manufacturer;
  const char *product;
  const char *serial;
  int vid; /* USB vendor id or -1 */
  int pid; /* USB product id or -1 */
} port_description;

typedef void port_visitor(void *context, const port_description *found);

/* Calls `visit` for each serial port of the machine, in the order of their paths.
 * Returns 0 or a negative errno value. Without libserialport the list comes from
 * /sys/class/tty. */
int port_list(port_visitor *visit, void *context);

#endif
