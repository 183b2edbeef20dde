/*
 * Callgrind counts in this program the instructions of the core for each byte that comes
 * in, from the read buffer to the event for the caller.
 *
 *   instructions lines READ_SIZE   replies and unsolicited lines, 16 prefixes
 *   instructions data READ_SIZE    payload of a download
 *
 * Prints how many bytes there were. Only measured() is counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ftp/download.h"
#include "modem/command.h"

enum { ROUNDS = 200, PAYLOAD = 4 << 20, BUFFER_SIZE = 65536 };

static modem m;
static char bytes[BUFFER_SIZE];
static size_t events;

__attribute__((noinline)) static void measured(size_t len, size_t read_size) {
  at_event event;
  for (size_t at = 0; at < len; at += read_size) {
    size_t part = len - at < read_size ? len - at : read_size;
    at_engine_feed(&m.engine, bytes + at, part);
    while (modem_read(&m, 1, &event) || modem_run(&m, 1, &event)) events++;
  }
}

static void send_all(void) {
  at_event event;
  while (modem_run(&m, 1, &event)) continue;
  at_engine_sent(&m.engine, at_engine_wants(&m.engine, 1).len, 1);
}

static size_t append(size_t at, const char *line) {
  return at + (size_t)sprintf(bytes + at, "\r\n%s\r\n", line);
}

/* A listing of the flash, the longest reply that a script sees, with unsolicited lines in
 * between. */
static size_t write_reply(void) {
  char line[64];
  size_t at = 0;
  for (int i = 0; i < 40; i++) {
    sprintf(line, "+QFLST: \"UFS:reading-%03d.log\",%d", i, 1000 + i * 37);
    at = append(at, line);
    if (i % 8 == 3) at = append(at, "+QIURC: \"recv\",0");
    if (i % 16 == 9) at = append(at, "+MYURC12: 1,2");
  }
  return append(at, "OK");
}

static size_t measure_lines(size_t read_size) {
  static modem_command command;
  size_t total = 0;
  size_t len = write_reply();
  for (int i = 0; i < AT_URC_COUNT; i++) {
    char prefix[16];
    int prefix_len = sprintf(prefix, "+MYURC%d", i);
    if (!at_engine_subscribe(&m.engine, prefix, (size_t)prefix_len)) exit(1);
  }
  for (int i = 0; i < ROUNDS; i++) {
    modem_command_init(&command, "+QFLST=\"*\"", 10);
    modem_submit(&m, &command.task, 100000);
    send_all();
    measured(len, read_size);
    if (command.task.state != MODEM_TASK_DONE) exit(1);
    total += len;
  }
  return total;
}

static void say(const char *text) {
  at_event event;
  at_engine_feed(&m.engine, text, strlen(text));
  while (modem_read(&m, 1, &event) || modem_run(&m, 1, &event)) continue;
}

static size_t measure_data(size_t read_size) {
  static ftp_download download;
  size_t total = 0;
  ftp_download_init(&download, FTP_GET);
  download.timeout_ms = download.silence_ms = 100000;
  download.length = PAYLOAD;
  download.wanted = PAYLOAD;
  download.name[0] = 'f';
  download.name_len = 1;
  modem_submit(&m, &download.task, AT_NEVER);
  send_all();
  say("\r\nCONNECT\r\n");
  for (; total < PAYLOAD; total += BUFFER_SIZE) measured(BUFFER_SIZE, read_size);
  say("\r\nOK\r\n\r\n+QFTPGET: 0,4194304\r\n");
  if (download.task.state != MODEM_TASK_DONE) exit(1);
  return total;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t read_size = strtoul(argv[2], NULL, 10);
  modem_init(&m, 115200, 1);
  at_engine_set_clean(&m.engine);
  size_t total = strcmp(argv[1], "lines") == 0 ? measure_lines(read_size) : measure_data(read_size);
  printf("bytes %zu\n", total);
  printf("events %zu\n", events);
}
