/* What a resumable transfer needs to know of local files and Lua's io does not
 * tell: what they are, and that they are on the disk. POSIX. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lua/core.h"

/* true, or nil, errno, text */
static int push_outcome(lua_State *L, int result) {
  if (result != 0) return core_push_errno(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

/* stat(path) -> size, stamp, or nil, errno, text. The stamp is another one when the
 * file has been written to or replaced; what is no regular file is EINVAL. */
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

/* sync(path) -> true, or nil, errno, text: what was written to the file, or which
 * names a folder holds, survives a power cut from now on */
int core_sync(lua_State *L) {
  int fd = open(luaL_checkstring(L, 1), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return push_outcome(L, -1);
  int result = fsync(fd);
  int error = errno;
  close(fd);
  errno = error;
  return push_outcome(L, result);
}

/* truncate(path, size) -> true, or nil, errno, text */
int core_truncate(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  int64_t size = compat_check_int64(L, 2);
  luaL_argcheck(L, size >= 0, 2, "must not be negative");
  return push_outcome(L, truncate(path, (off_t)size));
}
