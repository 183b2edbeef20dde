/*
 * Who has a port open, for messages about one that is busy.
 */
#ifndef BG96_PORT_HOLDER_H
#define BG96_PORT_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

enum { PORT_HOLDER_NAME_SIZE = 32 };

typedef struct {
  pid_t pid;
  char name[PORT_HOLDER_NAME_SIZE]; /* of its program, printable ASCII; may be empty */
} port_holder;

/* Finds a process that has the device at `path` open, one other than this if there is any.
 * False where none is found: without /proc, or where it is not ours to look into. */
bool port_find_holder(const char *path, port_holder *holder);

#endif
