#include "port/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FIRST_FREE = 3 };

int standard_keep_clear(int fd) {
  if (fd < 0 || fd >= FIRST_FREE) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
  int error = errno;
  close(fd);
  errno = error;
  return moved;
}

unsigned standard_hold(void) {
  unsigned held = 0;
  for (int i = 0; i < FIRST_FREE; i++) {
    if (fcntl(i, F_GETFD) >= 0) continue;
    int fd = open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY); /* the lowest that is free: i */
    if (fd >= 0 && fd < FIRST_FREE) held |= 1u << fd;
    if (fd >= FIRST_FREE) close(fd);
  }
  return held;
}

void standard_release(unsigned held) {
  int error = errno;
  for (int fd = 0; fd < FIRST_FREE; fd++) {
    if (held & 1u << fd) close(fd);
  }
  errno = error;
}
