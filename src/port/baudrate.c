#include "port/baudrate.h"

#include "port/ioctl.h"

#include <errno.h>
#include <sys/ioctl.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<asm/termbits.h>)
#include <asm/termbits.h>
#endif
#endif

/* musl leaves these out of <sys/ioctl.h>. Architectures without struct termios2, or with
 * other numbers for it, are left out here. */
#if defined(BOTHER) && !defined(TCGETS2) && !defined(__powerpc__) && !defined(__sparc__) &&        \
    !defined(__alpha__)
#define TCGETS2 _IOR('T', 0x2A, struct termios2)
#define TCSETS2 _IOW('T', 0x2B, struct termios2)
#endif

#if defined(TCGETS2) && defined(TCSETS2) && defined(BOTHER)

int baudrate_set_custom(int fd, uint32_t rate) {
  struct termios2 settings;
  if (ioctl(fd, (ioctl_request)TCGETS2, &settings) != 0) return -errno;
  settings.c_cflag &= ~(tcflag_t)(CBAUD | (CBAUD << IBSHIFT));
  settings.c_cflag |= (tcflag_t)(BOTHER | (BOTHER << IBSHIFT));
  settings.c_ispeed = rate;
  settings.c_ospeed = rate;
  return ioctl(fd, (ioctl_request)TCSETS2, &settings) == 0 ? 0 : -errno;
}

int baudrate_check(int fd, uint32_t rate) {
  struct termios2 settings;
  if (ioctl(fd, (ioctl_request)TCGETS2, &settings) != 0) return 0;
  /* Both ends of an asynchronous line together may be off by about 4 %. */
  uint32_t tolerance = rate / 50;
  uint32_t low = rate - tolerance;
  uint32_t high = rate + tolerance;
  return settings.c_ospeed >= low && settings.c_ospeed <= high ? 0 : -EINVAL;
}

#else

int baudrate_set_custom(int fd, uint32_t rate) {
  (void)fd;
  (void)rate;
  return -EINVAL;
}

int baudrate_check(int fd, uint32_t rate) {
  (void)fd;
  (void)rate;
  return 0;
}

#endif
