/*
 * Baud rates that have no constant in <termios.h>. Linux accepts any number in its
 * struct termios2. The header of that cannot be included beside <termios.h>, so this
 * is a file of its own. On other systems only the rates with a constant work.
 */
#ifndef BG96_PORT_BAUDRATE_H
#define BG96_PORT_BAUDRATE_H

#include <stdint.h>

/* Sets both directions of `fd` to `rate` bits a second. Returns 0 or a negative
 * errno value: -EINVAL if the platform cannot do this. */
int baudrate_set_custom(int fd, uint32_t rate);

/* Returns -EINVAL if the driver of `fd` chose a rate that differs too much from `rate`
 * for a UART; 0 otherwise, also if the rate cannot be read. */
int baudrate_check(int fd, uint32_t rate);

#endif
