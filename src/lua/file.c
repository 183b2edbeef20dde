#include "lua/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/helpers.h"

/* true, or nil, errno, text */
static int push_outcome(lua_State *L, int result) {
  if (result != 0) return core_push_errno(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

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
  return 2;
}

int core_sync(lua_State *L) {
  int fd = open(luaL_checkstring(L, 1), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return push_outcome(L, -1);
  int result = fsync(fd);
  int error = errno;
  close(fd);
  errno = error;
  return push_outcome(L, result);
}

int core_truncate(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  int64_t size = compat_check_int64(L, 2);
  luaL_argcheck(L, size >= 0, 2, "must not be negative");
  return push_outcome(L, truncate(path, (off_t)size));
}
