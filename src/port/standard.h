/*
 * Descriptors 0, 1 and 2 are standard input, output and error, for whoever writes to them,
 * also where a program was started with one of them closed. A descriptor of the library
 * with such a number would get that output as its own.
 */
#ifndef BG96_PORT_STANDARD_H
#define BG96_PORT_STANDARD_H

/* Moves a descriptor that is 0, 1 or 2 to a number above them, closed on exec. Returns the
 * descriptor; or -1 with errno set, and it is closed then. -1 is returned as it is. */
int standard_keep_clear(int fd);

/* For what opens descriptors of its own accord: occupies those of 0, 1 and 2 that are
 * closed, until standard_release(), or, in a program, for good. To read from or write to them
 * fails as before. Returns a set of those; never fails, as what cannot be occupied cannot be
 * opened either. */
unsigned standard_hold(void);
void standard_release(unsigned held);

#endif
