/*
 * bg96.emulator.pty: pseudo-terminals for the emulator. All functions work with plain
 * file descriptors, so any event loop can wait for them.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* posix_openpt, grantpt, unlockpt, ptsname_r */
#endif
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* CRTSCTS, B921600 */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

enum { READ_MAX = 65536 };

static const char *failure_text(int error) {
  switch (error) {
    case EAGAIN:
    case EINTR: return "again";
    case EIO: return "closed"; /* a master whose slave nobody has open */
    default: return strerror(error);
  }
}

/* nil, "again", "closed" or the system's message, errno */
static int push_failure(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushstring(L, failure_text(error));
  lua_pushinteger(L, error);
  return 3;
}

/* Raw: no echo, no line editing, no translation, in either direction. */
static int make_raw(int fd) {
  struct termios settings;
  if (tcgetattr(fd, &settings) != 0) return -1;
  settings.c_iflag = 0;
  settings.c_oflag = 0;
  settings.c_lflag = 0;
  settings.c_cflag = (settings.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD | CLOCAL;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  return tcsetattr(fd, TCSANOW, &settings);
}

static int make_nonblocking(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Closes `fd` after a failure: returns -1 and keeps errno. */
static int close_failed(int fd) {
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static int open_slave(const char *path) {
  int slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (slave >= 0 && make_raw(slave) != 0) return close_failed(slave);
  return slave;
}

static int open_master(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -1;
  if (grantpt(master) != 0 || unlockpt(master) != 0 || make_nonblocking(master) != 0) {
    return close_failed(master);
  }
  return master;
}

/* open() -> master, path, slave; or nil, message, errno. Raw. The master is non-blocking;
 * the slave's descriptor keeps the line up while no host has it open. */
static int pty_open(lua_State *L) {
  int master = open_master();
  if (master < 0) return push_failure(L, errno);
  char path[64];
  int error = ptsname_r(master, path, sizeof path);
  if (error != 0) errno = error;
  int slave = error == 0 ? open_slave(path) : -1;
  if (slave < 0) {
    close_failed(master);
    return push_failure(L, errno);
  }
  lua_pushinteger(L, master);
  lua_pushstring(L, path);
  lua_pushinteger(L, slave);
  return 3;
}

/* attach(path) -> fd; or nil, message, errno. Opens a terminal as a host does: raw,
 * non-blocking. */
static int pty_attach(lua_State *L) {
  int fd = open_slave(luaL_checkstring(L, 1));
  if (fd >= 0 && make_nonblocking(fd) != 0) fd = close_failed(fd);
  if (fd < 0) return push_failure(L, errno);
  lua_pushinteger(L, fd);
  return 1;
}

/* read(fd, max) -> string; or nil, "again" if nothing is there, "closed" if nobody at all
 * has the slave open, or another message, errno */
static int pty_read(lua_State *L) {
  static _Thread_local char buffer[READ_MAX]; /* emulators may run in several threads */
  int fd = (int)luaL_checkinteger(L, 1);
  lua_Integer max = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max > 0, 2, "positive number expected");
  ssize_t count = read(fd, buffer, max < READ_MAX ? (size_t)max : (size_t)READ_MAX);
  if (count < 0) return push_failure(L, errno);
  if (count == 0) return push_failure(L, EIO);
  lua_pushlstring(L, buffer, (size_t)count);
  return 1;
}

/* write(fd, bytes[, first]) -> how many were written, from the first on; or nil, "again"
 * if there is no room, or another message, errno */
static int pty_write(lua_State *L) {
  size_t length;
  int fd = (int)luaL_checkinteger(L, 1);
  const char *bytes = luaL_checklstring(L, 2, &length);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  luaL_argcheck(L, first >= 1 && (size_t)first <= length + 1, 3, "position out of range");
  ssize_t count = write(fd, bytes + first - 1, length - (size_t)(first - 1));
  if (count < 0) return push_failure(L, errno);
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

/* queued(fd) -> bytes that a read would return; or nil, message, errno */
static int pty_queued(lua_State *L) {
  int count = 0;
  if (ioctl((int)luaL_checkinteger(L, 1), FIONREAD, &count) != 0) return push_failure(L, errno);
  lua_pushinteger(L, count);
  return 1;
}

static lua_Integer baudrate_of(speed_t speed) {
  static const struct {
    speed_t speed;
    lua_Integer baudrate;
  } rates[] = {
      {B9600, 9600},     {B19200, 19200},   {B38400, 38400},
      {B57600, 57600},   {B115200, 115200}, {B230400, 230400},
      {B460800, 460800}, {B921600, 921600}, {B3000000, 3000000},
  };
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    if (rates[i].speed == speed) return rates[i].baudrate;
  }
  return 0;
}

/* settings(fd) -> bits a second (0: a rate that no module has), whether RTS/CTS is on; what
 * the host has set, seen from either end. Or nil, message, errno */
static int pty_settings(lua_State *L) {
  struct termios settings;
  if (tcgetattr((int)luaL_checkinteger(L, 1), &settings) != 0) return push_failure(L, errno);
  lua_pushinteger(L, baudrate_of(cfgetospeed(&settings)));
  lua_pushboolean(L, (settings.c_cflag & CRTSCTS) != 0);
  return 2;
}

/* close(fd) -> true; or nil, message, errno */
static int pty_close(lua_State *L) {
  if (close((int)luaL_checkinteger(L, 1)) != 0) return push_failure(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

/* hold_standard(): where the program was started with descriptor 0, 1 or 2 closed, nothing
 * that it opens gets such a number. To read from or write to them fails as before. */
static int pty_hold_standard(lua_State *L) {
  (void)L;
  for (int i = 0; i <= STDERR_FILENO; i++) {
    if (fcntl(i, F_GETFD) >= 0) continue;
    int fd = open("/dev/null", i == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (fd > STDERR_FILENO) close(fd);
  }
  return 0;
}

static const luaL_Reg functions[] = {
    {"open", pty_open},     {"attach", pty_attach},
    {"read", pty_read},     {"write", pty_write},
    {"queued", pty_queued}, {"settings", pty_settings},
    {"close", pty_close},   {"hold_standard", pty_hold_standard},
    {NULL, NULL},
};

int luaopen_bg96_emulator_pty(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_emulator_pty(lua_State *L) {
  lua_newtable(L);
  for (const luaL_Reg *entry = functions; entry->name; entry++) {
    lua_pushcfunction(L, entry->func);
    lua_setfield(L, -2, entry->name);
  }
  return 1;
}
