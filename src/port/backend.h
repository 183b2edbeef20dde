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
 * Opens `path`, which is free of symbolic links, through libserialport, on a
 * descriptor of libserialport's own that takes the lock over from `fd`; on
 * success `fd` has been closed, on failure it is still open and locked.
 * Returns 0 or a negative errno value, -EBUSY where the lock got lost meanwhile. After any
 * other failure termios may still do: libserialport does not take a pty for a serial port,
 * and gives up where an adapter refuses an ioctl about modem lines (EPROTO and others).
 */
int serialport_open(port *p, int fd, const char *path, const port_settings *settings);
#endif

#endif
