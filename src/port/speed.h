/*
 * Terminal settings together with a baud rate, whether <termios.h> has a constant
 * for it or not.
 */
#ifndef BG96_PORT_SPEED_H
#define BG96_PORT_SPEED_H

#include <stdint.h>
#include <termios.h>

/* Gives `fd` the settings at `settings`, in which the rate is filled in, at `rate` bits a
 * second in both directions. Nothing is waited for and nothing dropped. Returns 0 or a
 * negative errno value. */
int speed_apply(int fd, struct termios *settings, uint32_t rate);

#endif
