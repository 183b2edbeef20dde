/*
 * Preloaded into a program, this makes a pty look like a serial port: libserialport finds
 * it in /sys/class/tty, and its modem lines can be set and read back. A file logs what the
 * program does, one line each: "DTR 0", "RTS 1", "BREAK 1", and "SYSFS 1" for looking the pty
 * up. On demand, one call on a pty fails, as by a signal or a broken adapter.
 *
 *   SERIAL_SHIM_LOG=PATH            where the lines go
 *   SERIAL_SHIM_LINES=EPROTO        every ioctl(2) about modem lines fails so
 *   SERIAL_SHIM_RATE=115200         what is written leaves at this baud rate by TIOCOUTQ;
 *                                   "QUEUE n" is logged where it is more than ever before.
 *                                   The other end of the pty gets it at once
 *   SERIAL_SHIM_TRANSFER=10240      TIOCOUTQ counts in such steps, as cdc_acm does
 *   SERIAL_SHIM_UART=1              fstat(2) does not tell that it is a pty, so that it is
 *                                   locked as a serial port is
 *   SERIAL_SHIM_FAIL="write 3 EIO"  the third write(2) fails; also read and ioctl,
 *                                   EINTR, EAGAIN, ENOSPC, or SHORT: of one byte
 *
 * For the specs only; not part of the library.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* dlsym() gives an object pointer, which ISO C does not let us call. */
#define NEXT(function, name) (*(void **)(&(function)) = dlsym(RTLD_NEXT, (name)))

enum { PTY_FIRST_MAJOR = 136, PTY_LAST_MAJOR = 143, USB_SERIAL_MAJOR = 188, SHORT = -1 };

static int lines = TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;

static int true_fstat(int fd, struct stat *status) {
  static int (*next)(int, struct stat *);
  if (!next) NEXT(next, "fstat");
  return next(fd, status);
}

static bool is_pty_device(const struct stat *status) {
  unsigned number = major(status->st_rdev);
  return S_ISCHR(status->st_mode) && number >= PTY_FIRST_MAJOR && number <= PTY_LAST_MAJOR;
}

static bool is_pty(int fd) {
  struct stat status;
  return true_fstat(fd, &status) == 0 && is_pty_device(&status);
}

EXPORT int fstat(int fd, struct stat *status) {
  int result = true_fstat(fd, status);
  if (result == 0 && getenv("SERIAL_SHIM_UART") && is_pty_device(status)) {
    status->st_rdev = makedev(USB_SERIAL_MAJOR, minor(status->st_rdev));
  }
  return result;
}

/* --- the log -------------------------------------------------------------- */

static void note(const char *line, int level) {
  const char *path = getenv("SERIAL_SHIM_LOG");
  int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (fd < 0) return;
  dprintf(fd, "%s %d\n", line, level);
  close(fd);
}

static void set_lines(int wanted) {
  int changed = lines ^ wanted;
  lines = wanted;
  if (changed & TIOCM_DTR) note("DTR", (wanted & TIOCM_DTR) != 0);
  if (changed & TIOCM_RTS) note("RTS", (wanted & TIOCM_RTS) != 0);
}

/* --- the queue of a driver -------------------------------------------------- */

static double queue; /* bytes */
static struct timespec drained_at;

static int setting(const char *name) {
  const char *text = getenv(name);
  return text ? atoi(text) : 0;
}

static void drain(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double seconds =
      (double)(now.tv_sec - drained_at.tv_sec) + (double)(now.tv_nsec - drained_at.tv_nsec) / 1e9;
  drained_at = now;
  queue -= seconds * setting("SERIAL_SHIM_RATE") / 10;
  if (queue < 0) queue = 0;
}

/* Gives `count` back, what write(2) has returned. */
static ssize_t fill(int fd, ssize_t count) {
  static int most;
  if (count <= 0 || setting("SERIAL_SHIM_RATE") == 0 || !is_pty(fd)) return count;
  drain();
  queue += (double)count;
  if ((int)queue > most) note("QUEUE", most = (int)queue);
  return count;
}

static void count_queue(int *value) {
  int transfer = setting("SERIAL_SHIM_TRANSFER");
  drain();
  *value = (int)queue;
  if (transfer > 0) *value = (*value + transfer - 1) / transfer * transfer;
}

EXPORT int tcflush(int fd, int what) {
  static int (*next)(int, int);
  if (!next) NEXT(next, "tcflush");
  if (is_pty(fd) && what != TCIFLUSH) queue = 0;
  return next(fd, what);
}

/* --- calls that fail ------------------------------------------------------ */

typedef struct {
  bool is_read;
  char call[8];
  int number; /* calls until it fails */
  int error;  /* errno, or SHORT */
} failure_plan;

static int read_error(const char *name) {
  static const struct {
    const char *name;
    int error;
  } errors[] = {{"EINTR", EINTR},   {"EAGAIN", EAGAIN}, {"EIO", EIO},      {"ENOSPC", ENOSPC},
                {"EPROTO", EPROTO}, {"ENOTTY", ENOTTY}, {"EINVAL", EINVAL}};
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    if (strcmp(name, errors[i].name) == 0) return errors[i].error;
  }
  return SHORT;
}

/* True if this call on a pty is the one that has to fail. */
static bool is_due(int fd, const char *call, int *error) {
  static failure_plan plan;
  const char *text = getenv("SERIAL_SHIM_FAIL");
  char name[8];
  if (!plan.is_read) {
    plan.is_read = true;
    if (!text || sscanf(text, "%7s %d %7s", plan.call, &plan.number, name) != 3) plan.number = 0;
    plan.error = plan.number > 0 ? read_error(name) : 0;
  }
  if (plan.number == 0 || strcmp(plan.call, call) != 0 || !is_pty(fd)) return false;
  *error = plan.error;
  return --plan.number == 0;
}

EXPORT ssize_t read(int fd, void *buffer, size_t size) {
  static ssize_t (*next)(int, void *, size_t);
  int error = 0;
  if (!next) NEXT(next, "read");
  bool fails = is_due(fd, "read", &error);
  if (fails && error == SHORT) size = size > 0 ? 1 : 0;
  if (!fails || error == SHORT) return next(fd, buffer, size);
  errno = error;
  return -1;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t size) {
  static ssize_t (*next)(int, const void *, size_t);
  int error = 0;
  if (!next) NEXT(next, "write");
  bool fails = is_due(fd, "write", &error);
  if (fails && error == SHORT) size = size > 0 ? 1 : 0;
  if (!fails || error == SHORT) return fill(fd, next(fd, bytes, size));
  errno = error;
  return -1;
}

/* --- the modem lines ------------------------------------------------------ */

static int handle_lines(unsigned long request, int *value) {
  const char *failure = getenv("SERIAL_SHIM_LINES");
  if (failure) {
    errno = read_error(failure);
    return -1;
  }
  switch (request) {
    case TIOCMGET: *value = lines; break;
    case TIOCMSET: set_lines(*value); break;
    case TIOCMBIS: set_lines(lines | *value); break;
    case TIOCMBIC: set_lines(lines & ~*value); break;
    case TIOCSBRK: note("BREAK", true); break;
    default: note("BREAK", false); break;
  }
  return 0;
}

static bool is_about_lines(unsigned long request) {
  return request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC ||
         request == TIOCSBRK || request == TIOCCBRK;
}

EXPORT int ioctl(int fd, unsigned long request, ...) {
  static int (*next)(int, unsigned long, void *);
  int error = 0;
  va_list arguments;
  va_start(arguments, request);
  void *value = va_arg(arguments, void *);
  va_end(arguments);
  if (!next) NEXT(next, "ioctl");
  if (is_due(fd, "ioctl", &error) && error != SHORT) {
    errno = error;
    return -1;
  }
  if (request == TIOCOUTQ && setting("SERIAL_SHIM_RATE") > 0 && is_pty(fd)) {
    count_queue(value);
    return 0;
  }
  if (is_about_lines(request) && is_pty(fd)) return handle_lines(request, value);
  return next(fd, request, value);
}

/* --- /sys/class/tty ------------------------------------------------------- */

static bool is_pty_in_sysfs(const char *path) {
  static const char folder[] = "/sys/class/tty/pts/";
  return strncmp(path, folder, sizeof folder - 1) == 0;
}

static int describe_link(struct stat *status) {
  note("SYSFS", true);
  memset(status, 0, sizeof *status);
  status->st_mode = S_IFLNK | 0777;
  return 0;
}

EXPORT int lstat(const char *path, struct stat *status) {
  static int (*next)(const char *, struct stat *);
  if (is_pty_in_sysfs(path)) return describe_link(status);
  if (!next) NEXT(next, "lstat");
  return next ? next(path, status) : fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

/* lstat() before glibc 2.33, and for programs built with that. */
EXPORT int __lxstat(int version, const char *path, struct stat *status);

EXPORT int __lxstat(int version, const char *path, struct stat *status) {
  static int (*next)(int, const char *, struct stat *);
  if (is_pty_in_sysfs(path)) return describe_link(status);
  if (!next) NEXT(next, "__lxstat");
  return next ? next(version, path, status) : lstat(path, status);
}

EXPORT ssize_t readlink(const char *path, char *target, size_t size) {
  static ssize_t (*next)(const char *, char *, size_t);
  static const char device[] = "../../devices/virtual/tty/pts";
  if (!next) NEXT(next, "readlink");
  if (!is_pty_in_sysfs(path)) return next(path, target, size);
  size_t len = sizeof device - 1 < size ? sizeof device - 1 : size;
  memcpy(target, device, len);
  return (ssize_t)len;
}
