#include "port/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_number(const char *name) {
  return name[0] >= '0' && name[0] <= '9';
}

static DIR *open_descriptors(const char *pid) {
  char path[sizeof "/proc//fd" + sizeof((struct dirent *)0)->d_name];
  (void)snprintf(path, sizeof path, "/proc/%s/fd", pid);
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL && fd >= 0) close(fd);
  return folder;
}

/* Links are read and not followed: a stat of what somebody else has open might wait for a
 * file system that hangs. */
static bool leads_to(DIR *folder, const char *name, const char *device) {
  char target[PATH_MAX];
  ssize_t len = readlinkat(dirfd(folder), name, target, sizeof target - 1);
  target[len > 0 ? len : 0] = '\0';
  return strcmp(target, device) == 0;
}

static bool has_open(const char *pid, const char *device) {
  DIR *folder = open_descriptors(pid);
  bool found = false;
  for (struct dirent *entry; folder != NULL && !found && (entry = readdir(folder)) != NULL;) {
    found = is_number(entry->d_name) && leads_to(folder, entry->d_name, device);
  }
  if (folder != NULL) closedir(folder);
  return found;
}

static void read_name(port_holder *holder) {
  char path[sizeof "/proc//comm" + 24];
  (void)snprintf(path, sizeof path, "/proc/%ld/comm", (long)holder->pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t len = fd < 0 ? 0 : read(fd, holder->name, sizeof holder->name - 1);
  if (fd >= 0) close(fd);
  holder->name[len > 0 ? len : 0] = '\0';
  holder->name[strcspn(holder->name, "\n")] = '\0';
  for (char *c = holder->name; *c != '\0'; c++) {
    if (*c < ' ' || *c > '~') *c = '?';
  }
}

bool port_find_holder(const char *path, port_holder *holder) {
  char device[PATH_MAX];
  holder->pid = 0;
  if (realpath(path, device) == NULL) return false;
  DIR *processes = opendir("/proc");
  for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
    if (!is_number(entry->d_name) || !has_open(entry->d_name, device)) continue;
    holder->pid = (pid_t)atol(entry->d_name);
    if (holder->pid != getpid()) break;
  }
  if (processes != NULL) closedir(processes);
  if (holder->pid != 0) read_name(holder);
  return holder->pid != 0;
}
