#include "at/state.h"

#include <stdint.h>

/* clang-format off */
enum {
  _______ = AT_ACT_IGNORE,    NOISE   = AT_ACT_NOISE,     TELL     = AT_ACT_TELL,
  OLDER   = AT_ACT_OLDER,     FOREIGN = AT_ACT_FOREIGN,   NO_ECHO  = AT_ACT_UNECHOED,
  REPLY   = AT_ACT_REPLY,     EARLY   = AT_ACT_EARLY,     RESULT   = AT_ACT_RESULT,
  OWN     = AT_ACT_OWN,       ACCEPT  = AT_ACT_ACCEPT,    CONNECT  = AT_ACT_CONNECT,
  CARRIER = AT_ACT_CARRIER,   CUT     = AT_ACT_CUT,       DONE     = AT_ACT_DONE,
  STOPPED = AT_ACT_SUSPENDED, UNFRAMED = AT_ACT_UNFRAMED,  BEGUN   = AT_ACT_BEGUN
};

/* Between OK and the result line, a final result code is somebody else's: of another
 * program on the port, or of a caller who hung up. Behind a payload NO CARRIER may be that
 * caller's as well, and then OK and the result line follow. Text behind a payload that has
 * not the shape of an unsolicited line is a rest of the payload. */
static const uint8_t actions[AT_STATE_COUNT][AT_LINE_COUNT] = {
  /*                           OWN    OK       CONNECT   ERROR    CARRIER  UNSOL. SHAPED TEXT */
  [AT_STATE_IDLE]          = { OLDER, FOREIGN, BEGUN,    FOREIGN, OLDER,   OLDER, OLDER, OLDER },
  [AT_STATE_PAUSE]         = { OLDER, FOREIGN, BEGUN,    FOREIGN, OLDER,   OLDER, OLDER, OLDER },
  [AT_STATE_ECHO]          = { OLDER, NO_ECHO, BEGUN,    NO_ECHO, OLDER,   OLDER, OLDER, _______ },
  [AT_STATE_PROBE]         = { OLDER, DONE,    BEGUN,    DONE,    OLDER,   OLDER, OLDER, NOISE },
  [AT_STATE_COMMAND]       = { REPLY, ACCEPT,  UNFRAMED, DONE,    TELL,    TELL,  TELL,  TELL },
  [AT_STATE_FREE]          = { REPLY, ACCEPT,  UNFRAMED, DONE,    CARRIER, TELL,  TELL,  REPLY },
  [AT_STATE_ACCEPT]        = { TELL,  ACCEPT,  UNFRAMED, DONE,    TELL,    TELL,  TELL,  TELL },
  [AT_STATE_EITHER]        = { EARLY, ACCEPT,  UNFRAMED, DONE,    TELL,    TELL,  TELL,  TELL },
  [AT_STATE_CONNECT]       = { OWN,   ACCEPT,  CONNECT,  DONE,    CARRIER,  TELL,  TELL,  TELL },
  [AT_STATE_RESULT]        = { RESULT, _______, _______, _______, TELL,    TELL,  TELL,  TELL },
  [AT_STATE_LATE_OK]       = { TELL,  DONE,    _______,  _______, TELL,    TELL,  TELL,  TELL },
  [AT_STATE_SUSPEND]       = { OWN,   STOPPED, UNFRAMED, DONE,    DONE,    TELL,  TELL,  UNFRAMED },
  [AT_STATE_TRAILER]       = { OWN,   ACCEPT,  UNFRAMED, DONE,    CUT,     TELL,  TELL,  UNFRAMED },
  [AT_STATE_TRANSMIT]      = { EARLY, ACCEPT,  UNFRAMED, CUT,     DONE,    TELL,  TELL,  TELL },
  [AT_STATE_CONFIRM]       = { OWN,   ACCEPT,  UNFRAMED, CUT,     CUT,     TELL,  TELL,  TELL },
  [AT_STATE_CUT]           = { EARLY, ACCEPT,  _______,  _______, DONE,    TELL,  TELL,  TELL },
  [AT_STATE_GUARD]         = { EARLY, ACCEPT,  BEGUN,    DONE,    DONE,    OLDER, OLDER, NOISE },
  [AT_STATE_ESCAPE]        = { OWN,   ACCEPT,  BEGUN,    DONE,    DONE,    OLDER, OLDER, NOISE },
};
/* clang-format on */

at_action at_state_action(at_state state, at_line_kind kind) {
  return (at_action)actions[state][kind];
}
