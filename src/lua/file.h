/* Local files of transfers that finish: what Lua's io does not tell of them and cannot do
 * with them. POSIX and flock(2). */
#ifndef BG96_LUA_FILE_H
#define BG96_LUA_FILE_H

#include "lua/compat.h"

/* stat(path) -> size, stamp, mode, or nil, errno, text. The stamp is another one when the
 * file has been written to or replaced; what is no regular file is EINVAL, a folder EISDIR.
 * The mode is that of chmod(1): user, group and others. */
int core_stat(lua_State *L);

/* sync(path) -> true, or nil, errno, text: what was written to the file, or which
 * names a folder holds, survives a power cut from now on */
int core_sync(lua_State *L);

/* open_file(path, how) -> file, or nil, errno, text. `how` is one of
 *   "read"   to read a regular file, whoever owns it
 *   "look"   to read a file of our own
 *   "own"    to read and write a file of our own, which is made if it is not there
 *   "fresh"  the same with a new file in place of whatever has the name
 * A file of our own is a regular file of this user that has no other name; no symbolic link
 * is followed to it. "own" and "fresh" lock it until it is closed, and EWOULDBLOCK says that
 * somebody else has locked it, in this process or another. No open() waits, and no descriptor
 * is below 3. */
int core_open_file(lua_State *L);

void core_register_file(lua_State *L);

#endif
