#include "lua/watch.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lua/helpers.h"
#include "port/standard.h"

#define WATCH_TYPE "bg96.core.watch"

typedef struct {
  int set_fd;   /* epoll set of the two below */
  int timer_fd; /* in the set always */
  int fd;       /* in the set while armed; otherwise -1 */
} watch;

static watch *check_watch(lua_State *L) {
  return luaL_checkudata(L, 1, WATCH_TYPE);
}

static int add(int set, int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static void close_watch(watch *w) {
  if (w->set_fd >= 0) close(w->set_fd);
  if (w->timer_fd >= 0) close(w->timer_fd);
  *w = (watch){-1, -1, -1};
}

int core_new_watch(lua_State *L) {
  watch *w = core_new_object(L, WATCH_TYPE, sizeof *w);
  *w = (watch){-1, -1, -1};
  w->set_fd = standard_keep_clear(epoll_create1(EPOLL_CLOEXEC));
  if (w->set_fd < 0) return core_push_errno(L, errno);
  w->timer_fd = standard_keep_clear(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (w->timer_fd >= 0 && add(w->set_fd, w->timer_fd, EPOLLIN) == 0) return 1;
  int error = errno;
  close_watch(w);
  return core_push_errno(L, error);
}

/* watch:descriptor() -> what to wait on */
static int watch_descriptor(lua_State *L) {
  lua_pushinteger(L, check_watch(L)->set_fd);
  return 1;
}

/* A time of nothing would disarm the timer. Less than none is none. */
static void set_timer(watch *w, lua_Number seconds) {
  struct itimerspec time = {{0, 0}, {0, 0}};
  if (seconds > 86400) seconds = 86400;
  if (seconds > 0) {
    time.it_value.tv_sec = (time_t)floor(seconds);
    time.it_value.tv_nsec = (long)((seconds - floor(seconds)) * 1e9);
  }
  if (time.it_value.tv_sec == 0 && time.it_value.tv_nsec == 0) time.it_value.tv_nsec = 1;
  timerfd_settime(w->timer_fd, 0, &time, NULL);
}

/* watch:arm(fd, events[, seconds]): negative descriptors are never ready */
static int watch_arm(lua_State *L) {
  watch *w = check_watch(L);
  int fd = (int)luaL_checkinteger(L, 2);
  const char *names = luaL_checkstring(L, 3);
  uint32_t events = (strchr(names, 'r') ? EPOLLIN : 0) | (strchr(names, 'w') ? EPOLLOUT : 0);
  luaL_argcheck(L, w->fd < 0, 1, "armed already");
  if (fd >= 0 && add(w->set_fd, fd, events) < 0) {
    return luaL_error(L, "descriptor %d: %s", fd, strerror(errno));
  }
  w->fd = fd;
  if (!lua_isnoneornil(L, 4)) set_timer(w, luaL_checknumber(L, 4));
  return 0;
}

/* watch:disarm() -> whether the descriptor was ready */
static int watch_disarm(lua_State *L) {
  watch *w = check_watch(L);
  struct itimerspec never = {{0, 0}, {0, 0}};
  struct epoll_event events[2];
  int count = epoll_wait(w->set_fd, events, 2, 0);
  bool is_ready = false;
  for (int i = 0; i < count; i++) is_ready |= events[i].data.fd == w->fd;
  if (w->fd >= 0) epoll_ctl(w->set_fd, EPOLL_CTL_DEL, w->fd, NULL);
  w->fd = -1;
  timerfd_settime(w->timer_fd, 0, &never, NULL);
  lua_pushboolean(L, is_ready);
  return 1;
}

/* watch:close(), also by the collector */
static int watch_close(lua_State *L) {
  close_watch(check_watch(L));
  return 0;
}

void core_register_watch(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"descriptor", watch_descriptor}, {"arm", watch_arm},    {"disarm", watch_disarm},
      {"close", watch_close},           {"__gc", watch_close}, {NULL, NULL},
  };
  core_new_type(L, WATCH_TYPE, methods);
}
