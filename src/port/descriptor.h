/*
 * What the two backends with a file descriptor share: everything except opening and
 * setting up. The signatures are those of port_ops, documented in port.h.
 */
#ifndef BG96_PORT_DESCRIPTOR_H
#define BG96_PORT_DESCRIPTOR_H

#include "port/port.h"

/* Opens a terminal device for reading and writing. It neither waits for a carrier nor
 * makes the device the controlling terminal. Returns a descriptor or a negative errno
 * value: -ENOTTY for what is not a terminal. */
int descriptor_open(const char *path);

/* Takes the advisory lock of `fd` without waiting. Returns 0, -EBUSY if another
 * process holds it, or another negative errno value. */
int descriptor_lock(int fd);

/* True where a program that took no lock holds the terminal exclusively. open(2) lets
 * root in all the same. False on a pty, and where the kernel cannot tell (before 3.8). */
bool descriptor_is_exclusive(int fd);

/* Gives the advisory lock of `fd` back. */
void descriptor_unlock(int fd);

/* Keeps out programs that ignore the lock (TIOCEXCL), except on a pty.
 * Returns 0 or a negative errno value. */
int descriptor_refuse_others(int fd);

/* To be called before `fd` is closed: close(2) must not wait for a line that flow
 * control has stopped, and TIOCEXCL must not keep others out afterwards. */
void descriptor_release(int fd);

ssize_t descriptor_read(port *p, void *buffer, size_t size);
ssize_t descriptor_write(port *p, const void *data, size_t size);
int descriptor_flush_output(port *p);
ssize_t descriptor_count_unsent(port *p);
int descriptor_set_baudrate(port *p, uint32_t rate);
int descriptor_set_dtr(port *p, bool asserted);
int64_t descriptor_now_ms(port *p);

#endif
