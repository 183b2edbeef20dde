/*
 * The backends of port_open(). It calls them with `fd` open on a terminal and locked,
 * and with valid settings.
 */
#ifndef BG96_PORT_BACKEND_H
#define BG96_PORT_BACKEND_H

#include "port/port.h"

/* Sets up `fd` through termios and makes it the port's descriptor. If it fails,
 * the caller keeps `fd`. Returns 0 or a negative errno value. */
int tty_open(port *p, int fd, const port_settings *settings);

#ifndef BG96_WITHOUT_LIBSERIALPORT
/*
 * Opens `path`, which holds no symbolic links, through libserialport. It opens a
 * descriptor of its own, which takes over the lock of `fd`. If it succeeds, `fd` is
 * closed; if it fails, `fd` is still open and locked. Returns 0 or a negative errno
 * value: -ENOTTY for what libserialport does not accept as a serial port, such as a pty.
 */
int serialport_open(port *p, int fd, const char *path, const port_settings *settings);
#endif

#endif
