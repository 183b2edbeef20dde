/*
 * A serial port as a small vtable, so that the rest of the project neither
 * knows nor cares what carries the bytes: a real UART or USB adapter through
 * libserialport (serialport.c), any other terminal device, ptys first of all,
 * through termios (tty.c), or a pair of buffers in memory under a clock that a
 * test moves (loopback.c).
 *
 * No operation blocks. A failure is a negative errno value; -EIO stands for a
 * hang-up, whether the device said so or was found out by silence after a
 * wake-up. After a failure only close() may be called.
 */
#ifndef BG96_PORT_PORT_H
#define BG96_PORT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct port port;

typedef enum { PORT_FLOW_NONE, PORT_FLOW_RTSCTS } port_flow;

/* What port_open() needs. The strings are the caller's and are not kept. */
typedef struct {
  const char *path;      /* device path such as "/dev/ttyUSB2" */
  uint32_t baudrate;     /* bits a second, 8N1 */
  port_flow flowcontrol; /* hardware flow control or none */
} port_settings;

typedef struct {
  /* Takes what has arrived, at most `size` bytes. Returns their number, 0 when
   * nothing is there, or a negative errno value. */
  ssize_t (*read)(port *p, void *buffer, size_t size);
  /* Hands over at most `size` bytes. Returns how many were taken (0 when the
   * output queue is full), or a negative errno value. */
  ssize_t (*write)(port *p, const void *data, size_t size);
  /* Throws away what was written but has not left the host (TCOFLUSH).
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
  /* Milliseconds of the clock that this port lives by, never going back:
   * CLOCK_MONOTONIC for a device, the test's own for a loopback. */
  int64_t (*now_ms)(port *p);
  /* Gives back locks and descriptor, without waiting: what has not left the host
   * by then is lost. The port is then as if never opened. */
  void (*close)(port *p);
} port_ops;

/* One open port; the memory is the caller's. `ops` is NULL while it is closed. */
struct port {
  const port_ops *ops;
  int fd;       /* to be polled; -1 where there is no descriptor */
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

/* What is known of a serial port of this machine; empty strings and -1 where
 * it is unknown. The strings live until the visitor returns. */
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

/* Calls `visit` for each serial port of the machine, in the order of their
 * paths. Returns 0 or a negative errno value. Without libserialport the list
 * comes from /sys/class/tty. */
int port_list(port_visitor *visit, void *context);

#endif
