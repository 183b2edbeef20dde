/*
 * bg96.pty: the pseudo-terminals of the emulator. Every function takes or
 * gives plain file descriptors, so that any event loop can wait for them.
 *
 *   open() -> master, path, slave   raw; the master is non-blocking, the slave's own
 *                                 descriptor keeps the line up while no host has it open
 *   attach(path) -> fd            a terminal as a host opens it: raw, non-blocking
 *   read(fd, max) -> string       nil,"again" when nothing is there,
 *                                 nil,"closed" when nobody at all has the slave open,
 *                                 nil,message,errno when it failed
 *   write(fd, bytes[, i]) -> n    bytes written, from the i-th on; nil,"again" when full
 *   queued(fd) -> n               bytes that a read would give
 *   close(fd) -> true
 */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* posix_openpt and its kin */
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

int luaopen_bg96_pty(lua_State *L);

static int push_failure(lua_State *L, int code) {
  lua_pushnil(L);
  if (code == EAGAIN || code == EINTR)
    lua_pushliteral(L, "again");
  else if (code == EIO) /* the master's word for a slave without an opener */
    lua_pushliteral(L, "closed");
  else
    lua_pushstring(L, strerror(code));
  lua_pushinteger(L, code);
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

static void close_keeping_errno(int fd) {
  int code = errno;

  (void)close(fd);
  errno = code;
}

static int open_slave(const char *path) {
  int slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

  if (slave >= 0 && make_raw(slave) != 0) {
    close_keeping_errno(slave);
    return -1;
  }
  return slave;
}

static int open_master(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  int flags;

  if (master < 0) return -1;
  flags = fcntl(master, F_GETFL);
  if (grantpt(master) != 0 || unlockpt(master) != 0 || flags < 0 ||
      fcntl(master, F_SETFL, flags | O_NONBLOCK) != 0) {
    close_keeping_errno(master);
    return -1;
  }
  return master;
}

static int pty_open(lua_State *L) {
  const char *path;
  int master, slave;

  master = open_master();
  if (master < 0) return push_failure(L, errno);
  path = ptsname(master);
  slave = path != NULL ? open_slave(path) : -1;
  if (slave < 0) {
    close_keeping_errno(master);
    return push_failure(L, errno);
  }
  lua_pushinteger(L, master);
  lua_pushstring(L, path);
  lua_pushinteger(L, slave);
  return 3;
}

static int pty_attach(lua_State *L) {
  int fd = open_slave(luaL_checkstring(L, 1));
  int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;

  if (fd < 0) return push_failure(L, errno);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    close_keeping_errno(fd);
    return push_failure(L, errno);
  }
  lua_pushinteger(L, fd);
  return 1;
}

static int pty_read(lua_State *L) {
  static char buffer[READ_MAX];
  int fd = (int)luaL_checkinteger(L, 1);
  lua_Integer max = luaL_checkinteger(L, 2);
  ssize_t count;

  luaL_argcheck(L, max > 0, 2, "positive number expected");
  count = read(fd, buffer, max < READ_MAX ? (size_t)max : (size_t)READ_MAX);
  if (count < 0) return push_failure(L, errno);
  if (count == 0) return push_failure(L, EIO);
  lua_pushlstring(L, buffer, (size_t)count);
  return 1;
}

static int pty_write(lua_State *L) {
  int fd = (int)luaL_checkinteger(L, 1);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  ssize_t count;

  luaL_argcheck(L, first >= 1 && (size_t)first <= length + 1, 3, "position out of range");
  count = write(fd, bytes + first - 1, length - (size_t)(first - 1));
  if (count < 0) return push_failure(L, errno);
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

static int pty_queued(lua_State *L) {
  int fd = (int)luaL_checkinteger(L, 1);
  int count = 0;

  if (ioctl(fd, FIONREAD, &count) != 0) return push_failure(L, errno);
  lua_pushinteger(L, count);
  return 1;
}

static int pty_close(lua_State *L) {
  if (close((int)luaL_checkinteger(L, 1)) != 0) return push_failure(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_bg96_pty(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"open", pty_open},   {"attach", pty_attach}, {"read", pty_read},
      {"write", pty_write}, {"queued", pty_queued}, {"close", pty_close},
  };
  size_t i;

  lua_newtable(L);
  for (i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    lua_pushcfunction(L, functions[i].func);
    lua_setfield(L, -2, functions[i].name);
  }
  return 1;
}
