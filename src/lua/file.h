/* What a resumable transfer needs to know of local files and Lua's io does not
 * tell: what they are, and that they are on the disk. POSIX. */
#ifndef BG96_LUA_FILE_H
#define BG96_LUA_FILE_H

#include "lua/compat.h"

/* stat(path) -> size, stamp, or nil, errno, text. The stamp is another one when the
 * file has been written to or replaced; what is no regular file is EINVAL. */
int core_stat(lua_State *L);

/* sync(path) -> true, or nil, errno, text: what was written to the file, or which
 * names a folder holds, survives a power cut from now on */
int core_sync(lua_State *L);

/* truncate(path, size) -> true, or nil, errno, text */
int core_truncate(lua_State *L);

#endif
