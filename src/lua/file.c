#include "lua/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/helpers.h"

#define FILE_TYPE "bg96.core.file"

typedef struct {
  int fd; /* -1 when closed */
} core_file;

/* true, or nil, errno, text */
static int push_outcome(lua_State *L, int result) {
  if (result != 0) return core_push_errno(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

/* --- by path -------------------------------------------------------------- */

int core_stat(lua_State *L) {
  struct stat s;
  char stamp[80];
  int result = stat(luaL_checkstring(L, 1), &s);
  if (result == 0 && !S_ISREG(s.st_mode)) {
    errno = S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
    result = -1;
  }
  if (result != 0) return push_outcome(L, result);
  snprintf(stamp, sizeof stamp, "%jd:%jd.%09ld", (intmax_t)s.st_ino, (intmax_t)s.st_mtim.tv_sec,
           (long)s.st_mtim.tv_nsec);
  compat_push_int64(L, (int64_t)s.st_size);
  lua_pushstring(L, stamp);
  lua_pushinteger(L, (lua_Integer)(s.st_mode & 0777));
  return 3;
}

static void close_keeping_errno(int fd) {
  int error = errno;
  close(fd);
  errno = error;
}

int core_sync(lua_State *L) {
  int fd = open(luaL_checkstring(L, 1), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return push_outcome(L, -1);
  int result = fsync(fd);
  close_keeping_errno(fd);
  return push_outcome(L, result);
}

/* --- opening --------------------------------------------------------------- */

/* How often a file is opened again that was replaced or removed meanwhile. */
#define OPEN_TRIES 8

typedef enum { FILE_IS_OURS, FILE_IS_GONE, FILE_FAILED } file_check;

/* What a program writes to the descriptors 0 to 2 must never get into a file. */
static int move_above_stdio(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close_keeping_errno(fd);
  return moved;
}

static int open_quickly(const char *path, int flags) {
  return move_above_stdio(open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666));
}

static bool is_at(int fd, const char *path) {
  struct stat open_one, named;
  return fstat(fd, &open_one) == 0 && lstat(path, &named) == 0 && open_one.st_dev == named.st_dev &&
         open_one.st_ino == named.st_ino;
}

/* Some file systems have no locks; there one does without. */
static bool lock(int fd) {
  return flock(fd, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR);
}

static file_check check_own(int fd, const char *path, bool is_locked) {
  struct stat s;
  if (fstat(fd, &s) != 0) return FILE_FAILED;
  errno = EPERM;
  if (!S_ISREG(s.st_mode) || s.st_uid != geteuid()) return FILE_FAILED;
  if (is_locked && !lock(fd)) return FILE_FAILED;
  if (!is_at(fd, path)) return FILE_IS_GONE;
  errno = EPERM;
  return fstat(fd, &s) == 0 && s.st_nlink == 1 ? FILE_IS_OURS : FILE_FAILED;
}

/* A descriptor, or -1 and errno: EPERM where the file is not ours. */
static int open_own(const char *path, int flags, bool is_locked) {
  for (int i = 0; i < OPEN_TRIES; i++) {
    int fd = open_quickly(path, flags | O_NOFOLLOW);
    if (fd < 0) return -1;
    file_check check = check_own(fd, path, is_locked);
    if (check == FILE_IS_OURS) return fd;
    close_keeping_errno(fd);
    if (check == FILE_FAILED) return -1;
  }
  errno = EWOULDBLOCK;
  return -1;
}

static int open_regular(const char *path) {
  struct stat s;
  int fd = open_quickly(path, O_RDONLY);
  if (fd < 0) return -1;
  if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode)) return fd;
  close(fd);
  errno = S_ISDIR(s.st_mode) ? EISDIR : EINVAL;
  return -1;
}

static int open_fresh(const char *path) {
  if (unlink(path) != 0 && errno != ENOENT) return -1;
  return open_own(path, O_RDWR | O_CREAT | O_EXCL, true);
}

int core_open_file(lua_State *L) {
  static const char *const ways[] = {"read", "look", "own", "fresh", NULL};
  const char *path = luaL_checkstring(L, 1);
  int way = luaL_checkoption(L, 2, NULL, ways);
  core_file *f = core_new_object(L, FILE_TYPE, sizeof *f);
  switch (way) {
    case 0: f->fd = open_regular(path); break;
    case 1: f->fd = open_own(path, O_RDONLY, false); break;
    case 2: f->fd = open_own(path, O_RDWR | O_CREAT, true); break;
    default: f->fd = open_fresh(path); break;
  }
  return f->fd < 0 ? core_push_errno(L, errno) : 1;
}

/* --- methods: each gives nil, errno, text where it fails ---------------------- */

static core_file *check_file(lua_State *L) {
  return luaL_checkudata(L, 1, FILE_TYPE);
}

/* file:size() -> bytes */
static int file_size(lua_State *L) {
  struct stat s;
  if (fstat(check_file(L)->fd, &s) != 0) return core_push_errno(L, errno);
  compat_push_int64(L, (int64_t)s.st_size);
  return 1;
}

/* file:read(offset, count) -> bytes, fewer at the end of the file */
static int file_read(lua_State *L) {
  int fd = check_file(L)->fd;
  int64_t offset = compat_check_int64(L, 2);
  size_t count = (size_t)luaL_checkinteger(L, 3), done = 0;
  char *bytes = lua_newuserdata(L, count > 0 ? count : 1);
  ssize_t now = 1;
  while (done < count && now > 0) {
    now = pread(fd, bytes + done, count - done, (off_t)offset + (off_t)done);
    if (now < 0 && errno == EINTR)
      now = 1;
    else if (now > 0)
      done += (size_t)now;
  }
  if (now < 0) return core_push_errno(L, errno);
  lua_pushlstring(L, bytes, done);
  return 1;
}

/* file:write(offset, bytes) -> true */
static int file_write(lua_State *L) {
  size_t len, done = 0;
  int fd = check_file(L)->fd;
  int64_t offset = compat_check_int64(L, 2);
  const char *bytes = luaL_checklstring(L, 3, &len);
  while (done < len) {
    ssize_t now = pwrite(fd, bytes + done, len - done, (off_t)offset + (off_t)done);
    if (now < 0 && errno != EINTR) return core_push_errno(L, errno);
    if (now > 0) done += (size_t)now;
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* file:truncate(size) -> true */
static int file_truncate(lua_State *L) {
  int fd = check_file(L)->fd;
  return push_outcome(L, ftruncate(fd, (off_t)compat_check_int64(L, 2)));
}

/* file:sync() -> true */
static int file_sync(lua_State *L) {
  return push_outcome(L, fsync(check_file(L)->fd));
}

/* file:chmod(mode) -> true */
static int file_chmod(lua_State *L) {
  int fd = check_file(L)->fd;
  return push_outcome(L, fchmod(fd, (mode_t)luaL_checkinteger(L, 2) & 0777));
}

/* file:is_at(path) -> boolean: whether it has this name */
static int file_is_at(lua_State *L) {
  lua_pushboolean(L, is_at(check_file(L)->fd, luaL_checkstring(L, 2)));
  return 1;
}

/* file:close(), also by the collector */
static int file_close(lua_State *L) {
  core_file *f = check_file(L);
  if (f->fd >= 0) close(f->fd);
  f->fd = -1;
  return 0;
}

void core_register_file(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"size", file_size},   {"read", file_read},         {"write", file_write},
      {"sync", file_sync},   {"truncate", file_truncate}, {"chmod", file_chmod},
      {"is_at", file_is_at}, {"close", file_close},       {"__gc", file_close},
      {NULL, NULL},
  };
  core_new_type(L, FILE_TYPE, methods);
}
