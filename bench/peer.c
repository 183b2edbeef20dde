/*
 * Takes the place of modules where the emulator would be the bottleneck: any number of
 * ptys, each at a baud rate, served by one small process. It knows just enough of the
 * protocol for uploads and downloads in a session. Its only file has `size` bytes of a
 * pattern. It checks the bytes that are uploaded; the bench checks those downloaded.
 *
 *   peer COUNT BAUDRATE SIZE   prints the paths, then serves until it is killed
 *   peer stream SIZE           prints a path, writes the file to it without any
 *                              protocol, waits until it was read, and ends
 */
#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include "pace.h"
#include "terminal.h"

enum { LINES_MAX = 256, TEXT_SIZE = 1024, BLOCK_SIZE = 65536, PERIOD = 65521 };

typedef struct {
  terminal tty;
  pace to_host, from_host;
  char queue[PACE_QUEUE_SIZE]; /* from the host, not yet through the line */
  size_t queue_len;
  bool echo;
  char command[TEXT_SIZE];
  size_t command_len;
  char text[TEXT_SIZE]; /* to be sent before the payload */
  size_t text_at, text_len;
  uint64_t give_at, give_end; /* payload to the host: a range of the file */
  uint64_t take_at, take_end; /* payload from the host */
  bool spoilt;                /* it differs from the file */
  char after[TEXT_SIZE];      /* to be sent behind the payload */
} line;

static uint64_t file_size;
static char pattern[PERIOD + BLOCK_SIZE];

/* The period is prime, so no two blocks of the file are equal. */
static void make_pattern(void) {
  uint32_t state = 1;
  for (size_t i = 0; i < sizeof pattern; i++) {
    if (i >= PERIOD) {
      pattern[i] = pattern[i - PERIOD];
      continue;
    }
    state = state * 1664525 + 1013904223;
    pattern[i] = (char)(state >> 24);
  }
}

static const char *file_at(uint64_t position) {
  return pattern + position % PERIOD;
}

static void say(line *l, const char *text) {
  size_t len = strlen(text);
  if (len > sizeof l->text - l->text_len) return;
  memcpy(l->text + l->text_len, text, len);
  l->text_len += len;
}

/* Writes a range of the file at once, as fast as the host reads it. */
static void write_range(int master, uint64_t at, uint64_t end) {
  fcntl(master, F_SETFL, O_RDWR);
  while (at < end) {
    uint64_t left = end - at;
    ssize_t sent = write(master, file_at(at), left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE);
    if (sent < 0) terminal_fail("write");
    at += (uint64_t)sent;
  }
  fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
}

/* --- commands ------------------------------------------------------------- */

static bool is(const line *l, const char *word) {
  return strncmp(l->command, word, strlen(word)) == 0;
}

/* The number behind the n-th comma; `missing` if there is none. */
static uint64_t argument(const line *l, int n, uint64_t missing) {
  const char *at = l->command;
  for (; n > 0 && at; n--) at = (at = strchr(at, ',')) ? at + 1 : NULL;
  return at ? strtoull(at, NULL, 10) : missing;
}

static void begin_download(line *l) {
  l->give_at = argument(l, 2, 0);
  uint64_t count = argument(l, 3, file_size - l->give_at);
  l->give_end = l->give_at + count;
  snprintf(l->after, sizeof l->after, "\r\nOK\r\n\r\n+QFTPGET: 0,%" PRIu64 "\r\n", count);
  say(l, "\r\nCONNECT\r\n");
}

static void begin_upload(line *l) {
  uint64_t count = argument(l, 3, 0);
  l->take_at = argument(l, 2, 0);
  l->take_end = l->take_at + count;
  l->spoilt = false;
  snprintf(l->after, sizeof l->after, "\r\nOK\r\n\r\n+QFTPPUT: 0,%" PRIu64 "\r\n", count);
  say(l, "\r\nCONNECT\r\n");
}

static void execute(line *l) {
  char answer[64];
  if (l->echo) {
    say(l, l->command);
    say(l, "\r");
  }
  if (is(l, "ATE")) l->echo = l->command[3] == '1';
  if (is(l, "AT+QFTPGET=")) {
    begin_download(l);
  } else if (is(l, "AT+QFTPPUT=")) {
    begin_upload(l);
  } else if (is(l, "AT+QFTPSIZE=")) {
    snprintf(answer, sizeof answer, "\r\nOK\r\n\r\n+QFTPSIZE: 0,%" PRIu64 "\r\n", file_size);
    say(l, answer);
  } else if (is(l, "AT+QFTPOPEN")) {
    say(l, "\r\nOK\r\n\r\n+QFTPOPEN: 0,0\r\n");
  } else if (is(l, "AT+QFTPCLOSE")) {
    say(l, "\r\nOK\r\n\r\n+QFTPCLOSE: 0,0\r\n");
  } else if (is(l, "AT+QFTPSTAT")) {
    say(l, "\r\nOK\r\n\r\n+QFTPSTAT: 0,4\r\n");
  } else if (is(l, "AT+QIACT?")) {
    say(l, "\r\n+QIACT: 1,1,1,\"10.0.0.1\"\r\n\r\nOK\r\n");
  } else {
    say(l, "\r\nOK\r\n");
  }
}

static void hear_command(line *l, char byte) {
  if (byte != '\r') {
    if (l->command_len < sizeof l->command - 1) l->command[l->command_len++] = byte;
    return;
  }
  l->command[l->command_len] = '\0';
  l->command_len = 0;
  execute(l);
}

static size_t hear_payload(line *l, const char *bytes, size_t count) {
  uint64_t left = l->take_end - l->take_at;
  if (count > left) count = (size_t)left;
  if (memcmp(bytes, file_at(l->take_at), count) != 0) l->spoilt = true;
  l->take_at += count;
  if (l->take_at == l->take_end) {
    say(l, l->spoilt ? "\r\nOK\r\n\r\n+QFTPPUT: 614,0\r\n" : l->after);
  }
  return count;
}

/* --- bytes ------------------------------------------------------------------ */

static ssize_t fill_queue(line *l, int64_t now_ns) {
  size_t space = sizeof l->queue - l->queue_len;
  if (space == 0) return 0;
  ssize_t got = read(l->tty.master, l->queue + l->queue_len, space);
  if (l->queue_len == 0) pace_look(&l->from_host, got, now_ns);
  if (got > 0) l->queue_len += (size_t)got;
  return got;
}

static void interpret(line *l, size_t count) {
  for (size_t at = 0; at < count;) {
    if (l->take_at < l->take_end) {
      at += hear_payload(l, l->queue + at, count - at);
    } else {
      hear_command(l, l->queue[at++]);
    }
  }
  l->queue_len -= count;
  memmove(l->queue, l->queue + count, l->queue_len);
}

/* After a late wake-up there may be more than one queue full. */
static void hear(line *l, int64_t now_ns) {
  while (fill_queue(l, now_ns) > 0 || l->queue_len > 0) {
    int64_t room = pace_room(&l->from_host, now_ns);
    size_t count = room < (int64_t)l->queue_len ? (size_t)room : l->queue_len;
    if (count == 0) return;
    pace_pass(&l->from_host, (int64_t)count);
    interpret(l, count);
  }
}

static size_t next_bytes(line *l, const char **bytes) {
  if (l->text_at < l->text_len) {
    *bytes = l->text + l->text_at;
    return l->text_len - l->text_at;
  }
  uint64_t left = l->give_end - l->give_at;
  *bytes = file_at(l->give_at);
  return left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
}

static void told(line *l, size_t count, int64_t now_ns) {
  if (l->text_at < l->text_len) {
    l->text_at += count;
    if (l->text_at == l->text_len) l->text_at = l->text_len = 0;
    pace_begin(&l->from_host, now_ns); /* the answer to it comes later */
    return;
  }
  l->give_at += count;
  if (l->give_at == l->give_end) say(l, l->after);
}

/* An unpaced download, with the same writes as in stream(). */
static void give_all(line *l, int64_t now_ns) {
  uint64_t left = l->give_end - l->give_at;
  write_range(l->tty.master, l->give_at, l->give_end);
  told(l, (size_t)left, now_ns);
}

/* True while more could be sent now. */
static bool tell(line *l, int64_t now_ns) {
  const char *bytes;
  size_t count = next_bytes(l, &bytes);
  if (count == 0) {
    pace_begin(&l->to_host, now_ns);
    return false;
  }
  if (l->to_host.baudrate == 0 && l->text_at == l->text_len) {
    give_all(l, now_ns);
    return true;
  }
  int64_t room = pace_room(&l->to_host, now_ns);
  if (room < (int64_t)count) count = (size_t)room;
  if (count == 0) return false;
  ssize_t sent = write(l->tty.master, bytes, count);
  if (sent <= 0) {
    if (errno != EAGAIN) terminal_fail("write");
    pace_begin(&l->to_host, now_ns); /* the host does not read: there is nothing to catch up on */
    return false;
  }
  pace_pass(&l->to_host, sent);
  told(l, (size_t)sent, now_ns);
  return true;
}

static bool has_more(const line *l) {
  return l->text_at < l->text_len || l->give_at < l->give_end;
}

/* When `count` bytes, or as many as are worth waking up for, will have passed. */
static int64_t due_ns(const pace *p, uint64_t count) {
  int64_t wanted = p->baudrate * (int64_t)PACE_TICK_MS / 10000;
  if (wanted < 16) wanted = 16;
  if ((int64_t)count < wanted) wanted = (int64_t)count;
  return p->free_ns + wanted * 10000000000 / p->baudrate;
}

static int64_t earlier_of(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* What a line waits for: bytes of the host, and a time. */
static int64_t prepare(line *l, struct pollfd *wait) {
  int64_t next_ns = INT64_MAX;
  const char *bytes;
  bool is_hungry = l->queue_len <= PACE_QUEUE_SIZE / 2;
  *wait = (struct pollfd){l->tty.master, is_hungry ? POLLIN : 0, 0};
  if (l->to_host.baudrate == 0) {
    if (has_more(l)) wait->events |= POLLOUT;
    return next_ns;
  }
  if (has_more(l)) next_ns = due_ns(&l->to_host, next_bytes(l, &bytes));
  if (l->queue_len > 0) next_ns = earlier_of(next_ns, due_ns(&l->from_host, l->queue_len));
  return next_ns;
}

static void serve_line(line *l) {
  int64_t now_ns = pace_now_ns();
  hear(l, now_ns);
  while (tell(l, now_ns)) continue;
}

static void serve(line *lines, int count) {
  struct pollfd set[LINES_MAX];
  for (;;) {
    int64_t next_ns = INT64_MAX;
    for (int i = 0; i < count; i++) next_ns = earlier_of(next_ns, prepare(&lines[i], &set[i]));
    int64_t left_ns = next_ns - pace_now_ns();
    if (left_ns < 0) left_ns = 0;
    struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};
    ppoll(set, (nfds_t)count, next_ns == INT64_MAX ? NULL : &left, NULL);
    for (int i = 0; i < count; i++) serve_line(&lines[i]);
  }
}

/* --- without a protocol ------------------------------------------------------ */

static int count_unread(const terminal *t) {
  int count = 0;
  ioctl(t->slave, FIONREAD, &count);
  return count;
}

/* When the line goes down, a reader loses what it has not read. */
static void wait_until_read(const terminal *t) {
  for (int quiet = 0; quiet<3; quiet = count_unread(t)> 0 ? 0 : quiet + 1) {
    nanosleep(&(struct timespec){0, 1000000L}, NULL);
  }
}

static void stream(void) {
  terminal t = terminal_open();
  fflush(stdout);
  write_range(t.master, 0, file_size);
  wait_until_read(&t);
}

int main(int argc, char **argv) {
  static line lines[LINES_MAX];
  make_pattern();
  if (argc == 3 && strcmp(argv[1], "stream") == 0) {
    file_size = strtoull(argv[2], NULL, 10);
    stream();
    return 0;
  }
  int count = argc == 4 ? atoi(argv[1]) : 0;
  if (count < 1 || count > LINES_MAX) {
    fprintf(stderr, "usage: peer COUNT BAUDRATE SIZE | peer stream SIZE\n");
    return 2;
  }
  uint32_t baudrate = (uint32_t)strtoul(argv[2], NULL, 10);
  file_size = strtoull(argv[3], NULL, 10);
  for (int i = 0; i < count; i++) {
    lines[i].tty = terminal_open();
    lines[i].to_host.baudrate = lines[i].from_host.baudrate = baudrate;
  }
  fflush(stdout);
  serve(lines, count);
}
