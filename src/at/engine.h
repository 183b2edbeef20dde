/*
 * The AT engine: one exchange at a time over one serial channel. An exchange is
 * a command, its reply lines, its final result code and, where the command has
 * one, the result line that comes after OK, seconds or minutes later; or, after
 * CONNECT, a payload in either direction and then the same.
 *
 * The engine makes no system call and allocates nothing. Bytes go in by
 * at_engine_feed(), bytes to be sent are lent by at_engine_output() and
 * acknowledged by at_engine_sent(), time comes in as `now_ms`, and
 * at_engine_next() tells what has happened, one event a call:
 *
 *   at_engine_feed(e, bytes, len);
 *   while (at_engine_next(e, now_ms, &event)) ...
 *
 * After a timeout, or anything else that leaves a reply outstanding, the
 * channel is dirty: a late reply could be taken for the next command's. The
 * engine then only says so (at_engine_is_dirty); modem/resync.c cleans up.
 */
#ifndef BG96_AT_ENGINE_H
#define BG96_AT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/builder.h"
#include "at/error.h"
#include "at/final.h"
#include "at/framer.h"
#include "at/urc.h"

enum {
  AT_COMMAND_SIZE = 640, /* the longest command with its CR */
  AT_SEND_WINDOW = 1024, /* payload bytes sent between two looks at the input */
  /* Silence before and behind "+++": 1 s by section 1.2 of the manual, and a
   * margin for two clocks that disagree. */
  AT_GUARD_MS = 1100
};

#define AT_NEVER INT64_MAX /* a deadline that does not come */

/* How an exchange runs. */
typedef struct {
  const char *prefix;         /* word that begins its reply lines, such as "+QFTPSIZE"; or NULL */
  uint32_t timeout_ms;        /* until the final result code */
  uint32_t result_timeout_ms; /* until the result line after OK; 0: there is none */
  uint32_t silence_ms;        /* longest pause of the payload after CONNECT */
  bool result_before_ok;      /* the result line may stand before OK (manual, 3.6, QFTPSTAT) */
  bool any_line;              /* lines without the prefix are replies as well */
  bool needs_echo;            /* what comes before the echo belongs to something older */
  bool noisy;                 /* lines that mean nothing are expected and dropped */
  bool secret;                /* reply lines must not be traced */
} at_exchange;

typedef enum {
  AT_EVENT_TRACE,     /* `text` went out or came in */
  AT_EVENT_URC,       /* an unsolicited line */
  AT_EVENT_LINE,      /* a reply line, or the result line, of the exchange */
  AT_EVENT_CONNECT,   /* data mode: call at_engine_receive(), _transmit() or _escape() now */
  AT_EVENT_DATA,      /* payload from the module */
  AT_EVENT_SUSPENDED, /* the module has left data mode on request, and may go on by ATO */
  AT_EVENT_DONE,      /* the exchange ended with `final` */
  AT_EVENT_FAILED     /* it ended without one: `failure` is TIMEOUT or FRAMING */
} at_event_type;

typedef struct {
  at_event_type type;
  const char *text; /* valid until the next call into the engine */
  size_t len;
  at_final final;
  at_error_kind failure;
  bool outgoing;    /* TRACE: towards the module */
  bool secret;      /* TRACE: the text must not be shown */
  uint64_t payload; /* TRACE without text: that many payload bytes */
} at_event;

typedef enum {
  AT_STATE_IDLE,
  AT_STATE_COMMAND,  /* a final result code is to come */
  AT_STATE_RESULT,   /* OK came, the result line is to come */
  AT_STATE_RECEIVE,  /* payload from the module */
  AT_STATE_TRANSMIT, /* payload to the module */
  AT_STATE_GUARD,    /* the silence before "+++" */
  AT_STATE_SUSPEND,  /* payload from the module, which is asked to stop it by "+++" */
  AT_STATE_PAUSE     /* nothing is sent for a while */
} at_state;

typedef struct {
  at_framer framer;
  at_exchange exchange;
  at_state state;
  int64_t deadline_ms;    /* of the state */
  int64_t answer_from_ms; /* no answer to "+++" can come before */
  int64_t line_free_ms;   /* when the last byte sent has left the UART */
  int64_t dtr_from_ms;    /* DTR is dropped until then */
  bool uses_dtr;          /* AT&D1 is set: dropping DTR leaves data mode */
  uint32_t baudrate;      /* bits a second; 0: sent is gone at once */
  bool dirty;             /* a reply may be outstanding */
  bool transmits;         /* payload to the module goes out, or stands in the port's queue */
  bool cut_short;         /* the module left data mode before the payload's end */
  unsigned dropped;       /* lines that a noisy exchange has ignored */
  bool done;              /* the result line was the last of the exchange */
  bool in_data_mode;      /* as far as is known; kept while dirty */
  bool echo_seen;         /* of the exchange's command */
  bool result_seen;
  bool after_payload; /* nothing but the trailer may follow */
  size_t trailer_len; /* of a whole trailer behind which nothing has come so far, or 0 */
  bool flush_output;  /* written bytes are to be thrown away */
  bool tracing;
  bool token_traced; /* the token in hand has been reported */
  bool command_traced;
  at_token token;         /* in hand while its trace event is out */
  uint64_t payload_count; /* not yet traced */
  bool payload_outgoing;
  const char *out; /* to be sent: the command, the payload or "+++" */
  uint64_t out_len;
  size_t command_len; /* without its CR */
  char command[AT_COMMAND_SIZE];
  at_urc_table urc;
} at_engine;

/* Makes `e` idle, clean and without subscriptions. `baudrate` tells how long
 * bytes need to leave a UART; 0 where that does not matter. */
void at_engine_init(at_engine *e, uint32_t baudrate);

/* --- commands ----------------------------------------------------------- */

/* A builder for the next command. The engine must be idle. */
at_builder at_engine_command(at_engine *e, const char *word);

/* Sends what `b` holds, as an exchange of the shape `how`. `how->prefix` must
 * outlive it. False, and nothing is sent, where the builder failed. */
bool at_engine_begin(at_engine *e, const at_builder *b, const at_exchange *how, int64_t now_ms);

/* After CONNECT: the next `len` bytes are payload for the caller. */
void at_engine_receive(at_engine *e, uint64_t len, int64_t now_ms);

/* After CONNECT: all is payload for the caller until a result line of the
 * exchange's prefix stands behind it, and silence behind that. */
void at_engine_receive_all(at_engine *e, int64_t now_ms);

/* After CONNECT: sends `len` bytes at `data`, which the caller keeps until the
 * exchange has ended. */
void at_engine_transmit(at_engine *e, const char *data, uint64_t len, int64_t now_ms);

/* Leaves data mode by "+++" between its guards (manual, 1.2). In an exchange it
 * ends that exchange's payload; on an idle engine it begins an exchange of its
 * own, which ends with OK, NO CARRIER or a timeout. */
void at_engine_escape(at_engine *e, int64_t now_ms);

/* Asks the module to leave data mode in the middle of a download: AT_EVENT_DATA
 * goes on until AT_EVENT_SUSPENDED, with which the engine is idle; or the
 * payload ends first, as if nothing had been asked. */
void at_engine_suspend(at_engine *e, int64_t now_ms);

/* From now on downloads are suspended by DTR in place of "+++", which takes no
 * guards; AT&D1 must have been sent, and the line be wired (manual, 1.2). */
void at_engine_use_dtr(at_engine *e);

/* The level that DTR should have: false while it is dropped. */
bool at_engine_wants_dtr(const at_engine *e, int64_t now_ms);

/* True in a download of known length that is not at its end. */
bool at_engine_can_suspend(const at_engine *e);

/* Sends nothing for `pause_ms`, as an exchange that ends with OK. */
void at_engine_pause(at_engine *e, uint32_t pause_ms, int64_t now_ms);

/* Gives up the exchange, if one is running. The channel is then dirty. */
void at_engine_abort(at_engine *e);

/* Brings the deadline of the exchange forward to `deadline_ms`. */
void at_engine_hurry(at_engine *e, int64_t deadline_ms);

/* --- input, output, time ------------------------------------------------ */

/* Gives bytes that arrived; see at_framer_feed(). */
void at_engine_feed(at_engine *e, const char *data, size_t len);

/* True while bytes given are not used up: no more may be given. */
bool at_engine_has_input(const at_engine *e);

/* Takes the next event. False when there is none until more bytes arrive or
 * at_engine_deadline() passes. */
bool at_engine_next(at_engine *e, int64_t now_ms, at_event *event);

/* Lends bytes to be sent: sets `data`, returns their number, 0 for none now. */
size_t at_engine_output(const at_engine *e, const char **data);

/* Says that the first `len` bytes of at_engine_output() are on their way. */
void at_engine_sent(at_engine *e, size_t len, int64_t now_ms);

/* Says that bytes sent earlier are still in the host: guards begin later. */
void at_engine_unsent(at_engine *e, int64_t now_ms);

/* True once for each time that written output must be thrown away (TCOFLUSH). */
bool at_engine_take_flush(at_engine *e);

/* When at_engine_next() is to be called again, at the latest; AT_NEVER. */
int64_t at_engine_deadline(const at_engine *e, int64_t now_ms);

/* --- state -------------------------------------------------------------- */

static inline bool at_engine_is_idle(const at_engine *e) { /* asked for every line */
  return e->state == AT_STATE_IDLE;
}

bool at_engine_is_dirty(const at_engine *e);

/* True while the guards of "+++" are running, so that unsent output matters. */
bool at_engine_is_guarding(const at_engine *e);

/* The channel is known to be clean and in command mode again. */
void at_engine_set_clean(at_engine *e);

/* The channel must be resynced; `in_data_mode` where the module may be there. */
void at_engine_set_dirty(at_engine *e, bool in_data_mode);

/* Turns AT_EVENT_TRACE on or off. */
void at_engine_set_tracing(at_engine *e, bool on);

#endif
