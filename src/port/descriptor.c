#include "port/descriptor.h"

#include "port/baudrate.h"
#include "port/ioctl.h"
#include "port/speed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* How often a call that a signal interrupted is repeated before it counts as "nothing
 * now": many signals must not hold the caller here. */
enum { MAX_INTERRUPTIONS = 8 };

/* The device numbers that Linux reserves for the slave side of ptys. */
enum { PTY_FIRST_MAJOR = 136, PTY_LAST_MAJOR = 143 };

/* An unplugged adapter gives EIO, ENXIO or ENODEV, depending on its driver. */
static int describe_failure(int error) {
  return error == ENXIO || error == ENODEV ? -EIO : -error;
}

static bool is_nothing_now(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

int descriptor_open(const char *path) {
  int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  if (isatty(fd)) return fd;
  int error = errno;
  close(fd);
  return -error;
}

int descriptor_lock(int fd) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
  return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

void descriptor_unlock(int fd) {
  (void)flock(fd, LOCK_UN);
}

static bool is_pty(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return false;
  unsigned number = major(status.st_rdev);
  return number >= PTY_FIRST_MAJOR && number <= PTY_LAST_MAJOR;
}

/* See descriptor_refuse_others() for ptys. */
bool descriptor_is_exclusive(int fd) {
#ifdef TIOCGEXCL
  int is_exclusive = 0;
  return !is_pty(fd) && ioctl(fd, (ioctl_request)TIOCGEXCL, &is_exclusive) == 0 &&
         is_exclusive != 0;
#else
  (void)fd;
  return false;
#endif
}

/* Not on a pty: there the mark outlives a process that was killed, for as long
 * as the other side keeps the pty, and would shut out everyone but root for
 * good. A real device forgets it on the last close. */
int descriptor_refuse_others(int fd) {
  if (is_pty(fd)) return 0;
  return ioctl(fd, TIOCEXCL) == 0 ? 0 : -errno;
}

void descriptor_release(int fd) {
  int unsent = 0;
  /* close(2) waits up to 30 s for a UART that flow control has stopped. */
  if (ioctl(fd, TIOCOUTQ, &unsent) == 0 && unsent > 0) (void)tcflush(fd, TCOFLUSH);
  if (!is_pty(fd)) (void)ioctl(fd, TIOCNXCL);
  /* close(2) releases the lock. Releasing it here would take it from the parent as well
   * if a forked child closes its copy of the descriptor. */
}

static bool is_hung_up(int fd) {
  struct pollfd probe = {.fd = fd, .events = POLLIN};
  return poll(&probe, 1, 0) > 0 && (probe.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

ssize_t descriptor_read(port *p, void *buffer, size_t size) {
  ssize_t count = -1;
  if (size == 0) return 0;
  errno = EINTR;
  for (int i = 0; count < 0 && errno == EINTR && i < MAX_INTERRUPTIONS; i++) {
    count = read(p->fd, buffer, size);
  }
  if (count > 0) return count;
  if (count < 0) return is_nothing_now(errno) ? 0 : describe_failure(errno);
  /* With VMIN 0, a read returns 0 from an idle line and from one that was hung up. */
  return is_hung_up(p->fd) ? -EIO : 0;
}

ssize_t descriptor_write(port *p, const void *data, size_t size) {
  ssize_t count = -1;
  if (size == 0) return 0;
  errno = EINTR;
  for (int i = 0; count < 0 && errno == EINTR && i < MAX_INTERRUPTIONS; i++) {
    count = write(p->fd, data, size);
  }
  if (count >= 0) return count;
  return is_nothing_now(errno) ? 0 : describe_failure(errno);
}

int descriptor_flush_output(port *p) {
  return tcflush(p->fd, TCOFLUSH) == 0 ? 0 : describe_failure(errno);
}

/* Counts the driver's queue and, on USB, the transfers that the adapter has not taken
 * yet; not the few bytes in the FIFO of a UART or of an adapter. Guards around "+++" need
 * a little slack for that. cdc_acm counts a transfer as if it were full, thousands of
 * bytes. A pty always answers 0. */
ssize_t descriptor_count_unsent(port *p) {
  int unsent = 0;
  if (ioctl(p->fd, TIOCOUTQ, &unsent) == 0) return unsent > 0 ? unsent : 0;
  return errno == EIO || errno == ENXIO || errno == ENODEV ? -EIO : 0;
}

static int change_rate(int fd, uint32_t rate) {
  struct termios settings;
  if (tcgetattr(fd, &settings) != 0) return describe_failure(errno);
  int status = speed_apply(fd, &settings, rate);
  return status == 0 ? baudrate_check(fd, rate) : status;
}

int descriptor_set_baudrate(port *p, uint32_t rate) {
  struct termios before;
  if (tcgetattr(p->fd, &before) != 0) return describe_failure(errno);
  int status = change_rate(p->fd, rate);
  if (status != 0) (void)tcsetattr(p->fd, TCSANOW, &before);
  return status;
}

int descriptor_set_dtr(port *p, bool asserted) {
  int line = TIOCM_DTR;
  if (ioctl(p->fd, asserted ? TIOCMBIS : TIOCMBIC, &line) == 0) return 0;
  return errno == EINVAL ? -ENOTTY : describe_failure(errno);
}

int64_t descriptor_now_ms(port *p) {
  struct timespec now;
  (void)p;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
