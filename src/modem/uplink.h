/*
 * What is known of the way of payload from the port into the network. Uploads learn it, and the
 * next ones go on with it (ftp/chunks.h).
 */
#ifndef BG96_MODEM_UPLINK_H
#define BG96_MODEM_UPLINK_H

#include <stdint.h>

typedef enum {
  MODEM_UPLINK_UNKNOWN,
  MODEM_UPLINK_SLOW, /* the radio is slower than the line, as far as chunks of two sizes tell */
  MODEM_UPLINK_FAST
} modem_uplink_speed;

typedef struct {
  uint32_t arrived;  /* bytes of the largest chunk that has arrived */
  uint32_t since;    /* bytes that have arrived since it was the largest */
  uint32_t probe;    /* bytes of an earlier chunk of another size; 0: there was none */
  uint32_t probe_ms; /* which took so long until it was confirmed */
  modem_uplink_speed speed;
  uint32_t ceiling; /* of a larger chunk the module has lost some; 0: it has lost nothing yet */
  uint32_t room;    /* bytes that its buffer has at most; 0: unknown */
  uint32_t pace;    /* bytes a second that it takes without a loss; 0: as many as come */
  uint32_t haste;   /* more with each chunk, as that is an estimate */
  uint32_t cost;    /* bytes that the line could carry while a chunk is confirmed; 0: unknown */
  uint32_t wait_ms; /* the longest of the last waits for a confirmation; 0: unknown */
} modem_uplink;

#endif
