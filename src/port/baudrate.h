/*
 * Baud rates that have no constant in <termios.h>. Linux takes any number in
 * its struct termios2, whose header cannot be included beside <termios.h>,
 * hence a file of its own. Elsewhere only the rates with a constant work.
 */
#ifndef BG96_PORT_BAUDRATE_H
#define BG96_PORT_BAUDRATE_H

#include <stdint.h>

/* Sets both directions of `fd` to `rate` bits a second. Returns 0 or a negative
 * errno value, -EINVAL where the platform has no way to ask for it. */
int baudrate_set_custom(int fd, uint32_t rate);

/* Returns 0 when `fd` runs at `rate`, or so near that a UART does not mind;
 * -EINVAL when the driver chose another rate; 0 where it cannot be known. */
int baudrate_check(int fd, uint32_t rate);

#endif
