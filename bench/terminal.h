/* Raw pseudo-terminals for the programs of the bench. */
#ifndef BG96_BENCH_TERMINAL_H
#define BG96_BENCH_TERMINAL_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

typedef struct {
  int master; /* non-blocking */
  int slave;  /* keeps the line up while nobody else has it open */
} terminal;

static inline void terminal_fail(const char *what) {
  perror(what);
  exit(1);
}

/* Opens a pty, raw, and prints its path on a line of its own. */
static inline terminal terminal_open(void) {
  struct termios settings;
  terminal t = {.master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (t.master < 0 || grantpt(t.master) != 0 || unlockpt(t.master) != 0) terminal_fail("pty");
  t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (t.slave < 0 || tcgetattr(t.slave, &settings) != 0) terminal_fail("pty");
  settings.c_iflag = settings.c_oflag = settings.c_lflag = 0;
  settings.c_cflag = (settings.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (tcsetattr(t.slave, TCSANOW, &settings) != 0) terminal_fail("pty");
  if (fcntl(t.master, F_SETFL, O_RDWR | O_NONBLOCK) != 0) terminal_fail("pty");
  printf("%s\n", ptsname(t.master));
  return t;
}

#endif
