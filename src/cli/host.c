/*
 * bg96.cli.host: what the command line needs from the system and Lua does not offer:
 * signals that end a wait, the terminal's width and its keys, and input that comes in pieces.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

static const int ending_signals[] = {SIGHUP, SIGINT, SIGTERM};

enum { ENDING_SIGNALS = sizeof ending_signals / sizeof ending_signals[0] };

/* Global, because signals are sent to the process. The descriptor is an eventfd that
 * becomes readable when a signal has come, and stays so: a poll() that begins just after
 * a flag was checked would miss the flag. */
static volatile sig_atomic_t caught_signal;
static volatile sig_atomic_t signal_fd = -1;

/* The first signal is recorded. All of them then have their default action again, so the
 * second ends the program at once. */
static void on_signal(int number) {
  int saved = errno;
  uint64_t one = 1;
  for (int i = 0; i < ENDING_SIGNALS; i++) signal(ending_signals[i], SIG_DFL);
  caught_signal = number;
  ssize_t written = write((int)signal_fd, &one, sizeof one);
  (void)written; /* it cannot be handled here, and the flag is set */
  errno = saved;
}

/* A signal that the parent ignores (nohup, a job in the background) stays ignored. */
static int catch_unless_ignored(int number) {
  struct sigaction action;
  if (sigaction(number, NULL, &action) < 0) return -1;
  if (action.sa_handler == SIG_IGN) return 0;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal; /* no SA_RESTART: a read from a pipe ends as well */
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL);
}

static int push_errno(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushinteger(L, error);
  lua_pushstring(L, strerror(error));
  return 3;
}

/* catch_signals() -> descriptor that becomes readable when SIGINT, SIGTERM or SIGHUP has
 * come; or nil, errno, text. The next one ends the process. SIGPIPE is ignored from now
 * on, so a write to a reader that has gone fails. */
static int catch_signals(lua_State *L) {
  int error = 0;
  if (signal_fd < 0) signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signal_fd < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) error = errno;
  for (int i = 0; i < ENDING_SIGNALS && !error; i++) {
    if (catch_unless_ignored(ending_signals[i]) < 0) error = errno;
  }
  if (error) return push_errno(L, error);
  lua_pushinteger(L, signal_fd);
  return 1;
}

/* caught_signal() -> number of the signal that has come, or nil */
static int get_caught_signal(lua_State *L) {
  if (!caught_signal) return 0;
  lua_pushinteger(L, caught_signal);
  return 1;
}

/* terminal_width(descriptor) -> columns, 80 if the terminal does not report them; nil if
 * it is no terminal */
static int get_terminal_width(lua_State *L) {
  struct winsize size;
  int fd = (int)luaL_checkinteger(L, 1);
  if (!isatty(fd)) return 0;
  bool is_told = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  lua_pushinteger(L, is_told ? size.ws_col : 80);
  return 1;
}

/* The terminal as it was before take_keys(). */
static struct termios usual_terminal;
static bool has_taken_keys;

static void give_keys_back(void) {
  if (has_taken_keys) tcsetattr(STDIN_FILENO, TCSANOW, &usual_terminal);
  has_taken_keys = false;
}

/* take_keys() -> true; or nil, errno, text. From now on standard input, a terminal, gives
 * each key at once and does not show it. Keys that send signals still do. Given back when the
 * program ends. */
static int take_keys(lua_State *L) {
  if (tcgetattr(STDIN_FILENO, &usual_terminal) < 0) return push_errno(L, errno);
  struct termios settings = usual_terminal;
  settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (atexit(give_keys_back) != 0 || tcsetattr(STDIN_FILENO, TCSANOW, &settings) < 0) {
    return push_errno(L, errno);
  }
  has_taken_keys = true;
  lua_pushboolean(L, 1);
  return 1;
}

/* read_input() -> what is there on standard input, which is at least a byte; "" at its end;
 * or nil, errno, text */
static int read_input(lua_State *L) {
  char buffer[1024];
  ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
  if (count < 0) return push_errno(L, errno);
  lua_pushlstring(L, buffer, (size_t)count);
  return 1;
}

static const luaL_Reg functions[] = {
    {"catch_signals", catch_signals},
    {"caught_signal", get_caught_signal},
    {"terminal_width", get_terminal_width},
    {"take_keys", take_keys},
    {"read_input", read_input},
    {NULL, NULL},
};

int luaopen_bg96_cli_host(lua_State *L);

__attribute__((visibility("default"))) int luaopen_bg96_cli_host(lua_State *L) {
  lua_newtable(L);
  for (const luaL_Reg *entry = functions; entry->name; entry++) {
    lua_pushcfunction(L, entry->func);
    lua_setfield(L, -2, entry->name);
  }
  return 1;
}
