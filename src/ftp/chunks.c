#include "ftp/chunks.h"

enum {
  FIRST = 4 * 1024,        /* without flow control: what buffers are taken to hold */
  SECOND = 2 * 1024,       /* another size, which tells how fast the radio is */
  JITTER_MS = 10,          /* of answers */
  UNLIKE = 1024,           /* sizes that differ by less tell nothing */
  GROWTH = 8,              /* how much larger the next chunk may be, where that is fast */
  SLOW_GROWTH = 2,         /* and where it is slow */
  SLOW_DISTANCE = 8,       /* so many of the largest chunks after the last growth */
  LATE_SHARE = 64,         /* of confirmations, for which a fast radio's chunks may grow at once */
  SMALLEST = 16,           /* whatever was lost */
  NOISE = 16,              /* so few bytes of a large chunk are lost to noise, */
  LARGE = 1024,            /* and not to a full buffer */
  UNKNOWN_COST = 4,        /* times the usual size, where a large chunk does no harm */
  EARNED = 64,             /* part of the distance without a failure */
  MOST_EARNED = 64 * 1024, /* by that */
  PATIENCE_MS = 4000,
  USUAL_RATE = 8, /* bytes a millisecond that a radio sends, where it is known to be no slower */
  SLOW_RATE = 2,  /* and where nothing is known of it */
  PACE_MIN = 100, /* bytes a second */
  PACE_MAX = 1000000
};

static int64_t larger_of(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t smaller_of(int64_t a, int64_t b) {
  return a < b ? a : b;
}

/* A slow radio leaves the rest of a chunk in the buffer: a larger one is tried only where much
 * has arrived, as what it may cost must be worth it. */
static int64_t next_size(const modem_uplink *u) {
  int64_t arrived = u->arrived;
  bool may_grow = u->since >= arrived * SLOW_DISTANCE;
  switch (u->speed) {
    case MODEM_UPLINK_FAST: return larger_of(arrived * GROWTH, (int64_t)u->cost * LATE_SHARE);
    case MODEM_UPLINK_SLOW: return may_grow ? arrived * SLOW_GROWTH : arrived;
    default: return u->probe > (FIRST + SECOND) / 2 ? SECOND : FIRST;
  }
}

/* What may be sent without flow control. */
static int64_t safe_size(const modem_uplink *u) {
  if (u->ceiling > 0) return u->ceiling;
  int64_t next = next_size(u);
  return u->speed == MODEM_UPLINK_UNKNOWN ? next : larger_of(FIRST, next);
}

uint32_t ftp_chunk_size(const modem_uplink *u, const ftp_chunk_rule *rule, int64_t done,
                        bool has_flow) {
  int64_t earned = smaller_of(done / EARNED, MOST_EARNED);
  int64_t wanted = larger_of(larger_of(rule->least, earned), (int64_t)u->cost * rule->share);
  if (has_flow && u->cost == 0) wanted *= UNKNOWN_COST;
  wanted = smaller_of(wanted, smaller_of(rule->most, FTP_CHUNK_MOST));
  if (!has_flow) wanted = smaller_of(wanted, safe_size(u));
  return (uint32_t)larger_of(wanted, 1);
}

/* Some modules may confirm a chunk only when a slow radio has sent all of it. */
uint32_t ftp_chunk_patience_ms(const modem_uplink *u, uint32_t len) {
  return u->wait_ms > 0 ? PATIENCE_MS + 2 * u->wait_ms + len / USUAL_RATE
                        : PATIENCE_MS + len / SLOW_RATE;
}

/* What the line could have carried while it was idle. The command of the first chunk opens a
 * data connection: at first it is taken to cost as much as the confirmation. A single delay,
 * of a busy host for example, does not count in full. */
static void learn_cost(modem_uplink *u, const ftp_chunk_times *chunk) {
  bool is_guess = chunk->command_ms < 0;
  if (is_guess && u->cost > 0) return;
  int64_t idle_ms = chunk->wait_ms + (is_guess ? chunk->wait_ms : chunk->command_ms);
  int64_t cost = idle_ms * chunk->len / larger_of(chunk->sent_ms, 1);
  if (u->cost > 0) cost = smaller_of(cost, (int64_t)u->cost * GROWTH);
  u->cost = (uint32_t)larger_of(smaller_of(cost, FTP_CHUNK_MOST), 1);
}

/* A radio that is slower than the line takes longer for more bytes than the line does. */
static void learn_speed(modem_uplink *u, const ftp_chunk_times *chunk) {
  int64_t ms = chunk->sent_ms + chunk->wait_ms;
  int64_t more = (int64_t)chunk->len - u->probe;
  int64_t more_ms = ms - u->probe_ms;
  if (more < 0) {
    more = -more;
    more_ms = -more_ms;
  }
  if (u->probe > 0 && more < UNLIKE) return;
  if (u->probe > 0) {
    bool is_slow = (more_ms - JITTER_MS) * 2 * chunk->len > 3 * chunk->sent_ms * more;
    u->speed = is_slow ? MODEM_UPLINK_SLOW : MODEM_UPLINK_FAST;
  }
  u->probe = chunk->len;
  u->probe_ms = (uint32_t)ms;
}

static void learn_size(modem_uplink *u, uint32_t len) {
  u->since = u->since < UINT32_MAX - len ? u->since + len : UINT32_MAX;
  if (len <= u->arrived) return;
  u->arrived = len;
  u->since = 0;
}

void ftp_chunk_confirmed(modem_uplink *u, const ftp_chunk_times *chunk) {
  if (!chunk->is_last) {
    learn_cost(u, chunk);
    learn_speed(u, chunk);
  }
  learn_size(u, chunk->len);
  u->wait_ms = (uint32_t)larger_of(chunk->wait_ms, u->wait_ms - u->wait_ms / 8);
  if (u->pace > 0 && u->pace < PACE_MAX) u->pace += u->haste;
}

static int64_t per_second(int64_t bytes, int64_t ms) {
  return bytes > 0 ? bytes * 1000 / larger_of(ms, 1) : 0;
}

/* Bytes a second that have left the module: what its buffer held at the end was about as much
 * as a chunk that has arrived. */
static int64_t estimate_rate(const modem_uplink *u, int64_t all, int64_t ms) {
  return per_second(all - u->arrived, ms);
}

/* Whether chunks are confirmed before they have left the module: sooner than they can have,
 * at the rate at which it sends. */
static bool is_confirmed_early(const modem_uplink *u, const ftp_chunk_times *chunk, int64_t rate) {
  return rate > 0 && chunk->len * 1000 / rate > 2 * (chunk->sent_ms + u->wait_ms);
}

/* What the buffer held makes the rate of a short run uncertain. That of a long one is no less
 * than without all the room it can have. */
static void set_pace(modem_uplink *u, int64_t all, int64_t ms) {
  int64_t least = per_second(all - u->room, ms);
  bool is_certain = least * 4 >= per_second(all, ms) * 3;
  int64_t rate = is_certain ? least : larger_of(least, estimate_rate(u, all, ms) * 7 / 8);
  u->pace = (uint32_t)larger_of(smaller_of(rate, PACE_MAX), PACE_MIN);
  u->haste = is_certain ? 0 : u->pace / 32;
}

void ftp_chunk_lost(modem_uplink *u, const ftp_chunk_times *chunk, uint32_t taken,
                    const ftp_chunk_run *run) {
  int64_t all = run->bytes + taken;
  if (taken + NOISE >= chunk->len && chunk->len > LARGE) return;
  if (taken == chunk->len) return;
  if (u->room == 0 || all < u->room) u->room = (uint32_t)larger_of(all, 1);
  if (u->arrived >= chunk->len) {
    bool is_early = is_confirmed_early(u, chunk, estimate_rate(u, all, run->ms));
    if (run->bytes > 0 && is_early) {
      set_pace(u, all, run->ms);
      return;
    }
    u->arrived = chunk->len / 2; /* a radio that has become slower */
  }
  u->ceiling = (uint32_t)larger_of(u->arrived > 0 ? u->arrived : taken / 4 * 3, SMALLEST);
}

void ftp_chunk_overdue(modem_uplink *u, int64_t wait_ms) {
  u->wait_ms = (uint32_t)larger_of(u->wait_ms, wait_ms);
}

uint32_t ftp_chunk_pause_ms(const modem_uplink *u, const ftp_chunk_run *run) {
  if (u->pace == 0) return 0;
  int64_t due_ms = run->bytes * 1000 / u->pace;
  return due_ms > run->ms ? (uint32_t)(due_ms - run->ms) : 0;
}

void ftp_chunk_hurry(modem_uplink *u) {
  u->pace = u->pace < PACE_MAX ? u->pace + u->pace / 8 : 0;
}
