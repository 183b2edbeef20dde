/*
 * The AT engine: one exchange at a time over one serial channel. An exchange is
 * a command, its reply lines, its final result code and, where the command has
 * one, the result line that comes after OK, seconds or minutes later; or, after
 * CONNECT, a payload in either direction and then the same.
 *
 * The engine makes no system call and allocates nothing. Bytes go in by
 * at_engine_feed(), at_engine_wants() says what the line is to carry, time comes
 * in as `now_ms`, and at_engine_next() tells what has happened, one event a call:
 *
 *   at_engine_feed(e, bytes, len);
 *   while (at_engine_next(e, now_ms, &event)) ...
 *   while (at_engine_tick(e, now_ms, &event)) ...   when there is no more input
 *
 * Between any two lines the module may say something by itself. What is no reply
 * by its word is an unsolicited line; it ends no exchange and renews no deadline.
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
#include "at/state.h"
#include "at/urc.h"

enum {
  AT_COMMAND_SIZE = 640, /* the longest command with its CR */
  AT_SEND_WINDOW = 1024, /* payload bytes sent between two looks at the input */
  /* Silence before and behind "+++": 1 s by section 1.2 of the manual, and a
   * margin for two clocks that disagree. */
  AT_GUARD_MS = 1100
};

#define AT_NEVER INT64_MAX /* a deadline that does not come */

/* What the lines of an exchange are. */
typedef enum {
  AT_SHAPE_REPLIES, /* replies, which begin with the command's word, and a final result code */
  AT_SHAPE_FREE,    /* the same, of a command that the user wrote: any text is a reply */
  AT_SHAPE_RESULT,  /* OK, then the result line */
  AT_SHAPE_EITHER,  /* the same, in either order (manual, 3.6: QFTPSTAT) */
  AT_SHAPE_DATA,    /* CONNECT, payload, and what ends it: OK, or OK and the result line */
  AT_SHAPE_PROBE,   /* any final result code; all else means nothing */
  AT_SHAPE_PROOF    /* the same behind the echo; what comes before the echo is older */
} at_shape;

/* How an exchange runs. */
typedef struct {
  at_shape shape;
  const char *words;          /* that its replies begin with: "+QFTPSIZE", "+CSQ;+CREG"; or NULL */
  uint32_t timeout_ms;        /* until the final result code or CONNECT */
  uint32_t result_timeout_ms; /* until the result line after OK; 0: there is none */
  uint32_t silence_ms;        /* longest pause of the payload after CONNECT */
  uint32_t confirm_ms;        /* how long OK is waited for behind all of a payload to the module
                                 before "+++" ends that; 0: as long as a pause of it may be */
  uint64_t doubtful_at;       /* words behind so many bytes of the payload, if not 0, are
                                 believed only after that silence: they were payload before */
  bool carrier_ends;          /* NO CARRIER may come in place of CONNECT: of ATO, ATD, ATA */
  bool secret;                /* reply lines must not be traced */
  /* Whether a line with one of the words can be a reply by its shape, as some words are
   * those of unsolicited lines as well. NULL: all can. */
  bool (*accepts)(const char *line, size_t len);
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

/* What the engine wants of the line now. */
typedef struct {
  const char *data;  /* to be sent, and reported by at_engine_sent(); valid until then */
  size_t len;        /* 0: nothing now */
  bool is_payload;   /* it runs as commands where data mode has ended meanwhile */
  bool flush;        /* first throw away what was written and has not left (TCOFLUSH) */
  uint32_t baudrate; /* bits a second at which it leaves; 0: at once */
  bool watches_sent; /* tell at_engine_unsent() while written bytes are still in the host */
  bool drives_dtr;   /* the level of the DTR line matters */
  bool dtr;          /* the level that it should have: false while it is dropped */
} at_wants;

/* The fields are for the files of src/at alone. */
typedef struct {
  at_framer framer;
  at_urc_table urc;

  struct {
    at_exchange how;
    at_state state;
    int64_t deadline_ms;    /* of the state */
    int64_t answer_from_ms; /* no answer to "+++" can come before */
    int64_t held_ms;        /* since when nothing but words has come; AT_NEVER: none are held */
    uint32_t pushed;        /* bytes of payload that they have pushed out of their room since */
    int64_t ending_ms;      /* since when they say that the payload has ended */
    int64_t latest_ms;      /* for the result behind an OK that "+++" has to ask for; 0: its time */
    at_ending ending;       /* what they say */
    at_final reason;        /* of a payload that ran as commands */
    unsigned noise;         /* lines that meant nothing */
    unsigned unechoed;      /* answers that came where an echo was due */
    unsigned connects;      /* CONNECT for commands that had been given up */
    bool is_lost;           /* a payload of known length has ended early, and nothing says more */
    bool is_guessed;        /* lines were taken for payload, and may have been the module's */
    size_t word_len;        /* of the first of its words */
    size_t command_len;     /* without its CR */
    char command[AT_COMMAND_SIZE];
  } run; /* the exchange */

  struct {
    const char *out; /* to be sent: the command, the payload or "+++" */
    uint64_t out_len;
    uint64_t payload_left; /* payload bytes that were not handed to the port */
    int64_t free_ms;       /* when the last byte sent has left the UART */
    uint32_t free_part;    /* and the part of a millisecond, in bits times 1000 / baudrate */
    int64_t gone_ms;       /* when the last byte of the payload has */
    int64_t dtr_from_ms;   /* DTR is dropped until then */
    uint32_t baudrate;     /* bits a second; 0: sent is gone at once */
    bool uses_dtr;         /* AT&D1 is set: dropping DTR leaves data mode */
    bool flush;            /* written bytes are to be thrown away */
  } line;

  struct {
    bool dirty;            /* a reply may be outstanding */
    bool is_quiet;         /* ATE0 has been made: an echo tells of a restart */
    bool was_echoed;       /* the last command was */
    bool in_data_mode;     /* as far as is known; kept while dirty */
    bool has_sent_payload; /* since it was known to be clean */
  } channel;

  struct {
    bool on;
    bool command_shown; /* the command was reported */
    bool outgoing;      /* direction of the payload below */
    uint64_t payload;   /* bytes that were not reported yet */
    at_token token;     /* was reported, and is handled next */
  } trace;
} at_engine;

/* Makes `e` idle, clean and without subscriptions. `baudrate` tells how long
 * bytes need to leave a UART; 0 where that does not matter. */
void at_engine_init(at_engine *e, uint32_t baudrate);

/* The line runs at `baudrate` from now on, as at_engine_init() has it. Nothing may be left to
 * send. at_engine_wants() tells it to whoever owns the port. */
void at_engine_set_baudrate(at_engine *e, uint32_t baudrate);
uint32_t at_engine_baudrate(const at_engine *e);

/* --- commands ----------------------------------------------------------- */

/* A builder for the next command. The engine must be idle. */
at_builder at_engine_command(at_engine *e, const char *word);

/* Sends what `b` holds, as an exchange of the shape `how`. `how->words` must
 * outlive it. False, and nothing is sent, where the builder failed. */
bool at_engine_begin(at_engine *e, const at_builder *b, const at_exchange *how, int64_t now_ms);

/* After CONNECT: the next `length` bytes are payload for the caller; with
 * AT_PAYLOAD_ENDLESS all is, until the result line stands behind it, and silence
 * behind that. */
void at_engine_receive(at_engine *e, uint64_t length, int64_t now_ms);

/* The same after the CONNECT of the command with which a module goes on that was asked to
 * suspend the transfer. */
void at_engine_receive_rest(at_engine *e, uint64_t length, int64_t now_ms);

/* After CONNECT: sends `len` bytes at `data`, which the caller keeps until the
 * exchange has ended. */
void at_engine_transmit(at_engine *e, const char *data, uint64_t len, int64_t now_ms);

/* Payload bytes of the last at_engine_transmit() that were not handed to the port. */
uint64_t at_engine_payload_left(const at_engine *e);

/* When the last byte of it that was handed to the port has left the UART. */
int64_t at_engine_payload_gone_ms(const at_engine *e);

/* True where "+++" was sent in the exchange that runs. */
bool at_engine_has_escaped(const at_engine *e);

/* Leaves data mode by "+++" between its guards (manual, 1.2). In an exchange it
 * ends that exchange's payload; on an idle engine it begins an exchange of its
 * own, which ends with OK, NO CARRIER or a timeout. */
void at_engine_escape(at_engine *e, int64_t now_ms);

/* Asks the module to leave data mode in the middle of a download of known length:
 * AT_EVENT_DATA goes on until AT_EVENT_SUSPENDED, with which the engine is idle; or
 * the payload ends first, as if nothing had been asked. Does nothing in any other
 * state. */
void at_engine_suspend(at_engine *e, int64_t now_ms);

/* From now on downloads are suspended by DTR in place of "+++", which takes no
 * guards; AT&D1 must have been sent, and the line be wired (manual, 1.2). */
void at_engine_use_dtr(at_engine *e);

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

/* Takes the next event of what was fed. False when all of it is used up. */
bool at_engine_next(at_engine *e, int64_t now_ms, at_event *event);

/* The part of at_engine_tick() that is rarely needed. */
bool at_engine_let_time_pass(at_engine *e, int64_t now_ms, at_event *event);

/* Lets time pass: true for an event of a deadline that is over. To be called when
 * nothing more has come in, as what has come in counts before the clock does. */
static inline bool at_engine_tick(at_engine *e, int64_t now_ms, at_event *event) {
  bool may_tell = e->framer.in_payload || now_ms >= e->run.deadline_ms; /* mostly not */
  return may_tell && at_engine_let_time_pass(e, now_ms, event);
}

/* What is to be done with the line. */
at_wants at_engine_wants(const at_engine *e, int64_t now_ms);

/* Says that what was written and had not left was thrown away. */
void at_engine_flushed(at_engine *e);

/* Says that the first `len` bytes of what was wanted are on their way. */
void at_engine_sent(at_engine *e, size_t len, int64_t now_ms);

/* Says that bytes sent earlier are still in the host: guards begin later. */
void at_engine_unsent(at_engine *e, int64_t now_ms);

/* When at_engine_tick() is to be called again, at the latest; AT_NEVER. */
int64_t at_engine_deadline(const at_engine *e, int64_t now_ms);

/* --- state -------------------------------------------------------------- */

static inline bool at_engine_is_idle(const at_engine *e) { /* asked for every line */
  return e->run.state == AT_STATE_IDLE;
}

bool at_engine_is_dirty(const at_engine *e);

/* True where the module may be in data mode, as far as is known. */
bool at_engine_is_in_data_mode(const at_engine *e);

/* True where payload was sent since the channel was known to be clean: parts of it may run as
 * commands, each of which is answered. */
bool at_engine_may_run_payload(const at_engine *e);

/* The channel is known to be clean and in command mode again. */
void at_engine_set_clean(at_engine *e);

/* What ATE is set to, as far as is known. A command that is echoed all the same tells of a
 * module that has restarted without a word: the channel is dirty then. */
void at_engine_set_quiet(at_engine *e, bool is_quiet);

bool at_engine_is_quiet(const at_engine *e);

/* True where the last command was echoed. */
bool at_engine_was_echoed(const at_engine *e);

/* True where the echo of the last command tells of a restart. */
bool at_engine_tells_restart(const at_engine *e);

/* The channel must be resynced; `in_data_mode` where the module may be there. */
void at_engine_set_dirty(at_engine *e, bool in_data_mode);

/* Lines that meant nothing in the exchanges of shape PROBE and PROOF, since
 * at_engine_forget_noise(). */
unsigned at_engine_noise(const at_engine *e);

/* Final result codes that answered a PROOF which was not echoed, since the same. */
unsigned at_engine_unechoed(const at_engine *e);

/* Lines with CONNECT for commands that had been given up, since the same. */
unsigned at_engine_connects(const at_engine *e);

void at_engine_forget_noise(at_engine *e);

/* Lines that begin with `prefix` are unsolicited; see at/urc.h. */
bool at_engine_subscribe(at_engine *e, const char *prefix, size_t len);
void at_engine_unsubscribe(at_engine *e, const char *prefix, size_t len);

/* Turns AT_EVENT_TRACE on or off. */
void at_engine_set_tracing(at_engine *e, bool on);
bool at_engine_is_tracing(const at_engine *e);

#endif
