/*
 * PDP contexts: what is configured (QICSGP), what is active (QIACT), and the way
 * from the one to the other. AT+CGACT is never used: it hangs BG96 firmware.
 */
#ifndef BG96_MODEM_PDP_H
#define BG96_MODEM_PDP_H

#include "modem/modem.h"

enum {
  PDP_CONTEXT_COUNT = 16,
  PDP_TEXT_SIZE = 128,   /* APN, user or password with a NUL */
  PDP_ADDRESS_SIZE = 64, /* two IPv6 addresses would not fit; one with its zone does */
  PDP_ACTIVATE_MS = 150000,
  PDP_DEACTIVATE_MS = 40000
};

typedef enum { PDP_TYPE_IPV4 = 1, PDP_TYPE_IPV6 = 2, PDP_TYPE_IPV4V6 = 3 } pdp_type;
typedef enum { PDP_AUTH_NONE = 0, PDP_AUTH_PAP = 1, PDP_AUTH_CHAP = 2 } pdp_auth;

/* One row of the answer to AT+QIACT?. */
typedef struct {
  int cid;
  bool active;
  int type; /* pdp_type */
  char address[PDP_ADDRESS_SIZE];
} pdp_context;

/* Begins an exchange of AT+QIACT?, whose lines pdp_context_read() reads. */
void pdp_query_begin(modem *m, modem_task *t);

/* Reads `+QIACT: 1,1,1,"10.7.157.1"`. False for a line that makes no sense. */
bool pdp_context_read(const at_event *event, pdp_context *context);

/* Lists the contexts that the module names. */
typedef struct {
  modem_task task;
  size_t count;
  pdp_context contexts[PDP_CONTEXT_COUNT];
} pdp_list;

void pdp_list_init(pdp_list *l);

/* Activates a context, unless it is active with these settings already; ends
 * with its address in `found`. */
typedef struct {
  modem_task task;
  int cid;
  bool configures; /* apn, user, password, auth and type are to be set */
  int type;        /* pdp_type */
  int auth;        /* pdp_auth */
  char apn[PDP_TEXT_SIZE];
  char user[PDP_TEXT_SIZE];
  char password[PDP_TEXT_SIZE]; /* wiped when the task has ended */
  bool is_configured;           /* the module has these settings already */
  pdp_context found;            /* the context as QIACT? last said */
} pdp_activation;

/* Prepares it; the caller fills the fields from cid to password. */
void pdp_activation_init(pdp_activation *a);

/* Deactivates a context; one that is not active is left alone. */
typedef struct {
  modem_task task;
  int cid;
  pdp_context found;
} pdp_deactivation;

void pdp_deactivation_init(pdp_deactivation *d, int cid);

#endif
