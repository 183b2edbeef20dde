/*
 * The memory of a modem, and whether it grows during a transfer of 1 GiB. Prints sizes in
 * bytes, and by how much the heap and the anonymous memory have grown.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/call.h"

enum { READ_SIZE = 4096 };

/* Anonymous memory of this process, in kilobytes. */
static long count_anonymous(void) {
  char line[128];
  long found = -1;
  FILE *file = fopen("/proc/self/status", "r");
  if (!file) exit(1);
  while (fgets(line, sizeof line, file)) sscanf(line, "RssAnon: %ld", &found);
  fclose(file);
  return found;
}

static void feed(modem *m, const char *bytes, size_t len) {
  at_event event;
  at_engine_feed(&m->engine, bytes, len);
  while (modem_read(m, 1, &event) || modem_run(m, 1, &event)) continue;
  at_engine_sent(&m->engine, at_engine_wants(&m->engine, 1).len, 1);
}

static void say(modem *m, const char *text) {
  feed(m, text, strlen(text));
}

static void transfer(core_modem *m, core_call *t, int64_t payload) {
  char line[64];
  ftp_download *d = &t->as.download;
  ftp_download_init(d, FTP_GET);
  d->timeout_ms = d->silence_ms = 100000;
  d->has_size = true;
  d->name[0] = 'f';
  d->name_len = 1;
  modem_submit(&m->modem, &d->task, AT_NEVER);
  say(&m->modem, "");
  snprintf(line, sizeof line, "\r\nOK\r\n\r\n+QFTPSIZE: 0,%" PRId64 "\r\n", payload);
  say(&m->modem, line);
  say(&m->modem, "\r\nCONNECT\r\n");
  for (int64_t done = 0; done < payload; done += READ_SIZE) {
    feed(&m->modem, m->buffer, sizeof m->buffer);
  }
  snprintf(line, sizeof line, "\r\nOK\r\n\r\n+QFTPGET: 0,%" PRId64 "\r\n", payload);
  say(&m->modem, line);
  if (d->task.state != MODEM_TASK_DONE || d->received != payload) exit(1);
}

int main(void) {
  core_modem *m = calloc(1, sizeof *m);
  core_call *t = calloc(1, sizeof *t);
  if (!m || !t) return 1;
  memset(m, 1, sizeof *m); /* so that all of its pages are resident */
  memset(m->buffer, 'x', sizeof m->buffer);
  memset(t, 0, sizeof *t);
  modem_init(&m->modem, 115200, 1);
  at_engine_set_clean(&m->modem.engine);
  transfer(m, t, 1 << 20); /* allocates whatever is needed only once */
  count_anonymous();
  size_t heap = mallinfo2().uordblks;
  long anonymous = count_anonymous();
  transfer(m, t, (int64_t)1 << 30);
  long anonymous_after = count_anonymous();
  printf("growth_heap %zu\n", mallinfo2().uordblks - heap);
  printf("growth_resident %ld\n", (anonymous_after - anonymous) * 1024);
  printf("modem %zu\n", sizeof *m);
  printf("call %zu\n", sizeof *t);
  return 0;
}
