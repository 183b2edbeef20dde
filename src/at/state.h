/*
 * What the engine does with a line, as one table: a row for each state of an
 * exchange, a column for each kind of line. It can be read beside the manual:
 * section 1.2 for data mode, the sections of chapter 2 for the order of OK and
 * result line.
 */
#ifndef BG96_AT_STATE_H
#define BG96_AT_STATE_H

typedef enum {
  AT_STATE_IDLE,          /* no exchange */
  AT_STATE_PAUSE,         /* nothing is sent for a while */
  AT_STATE_ECHO,          /* the echo is to come; what comes before it is older */
  AT_STATE_PROBE,         /* any final result code is to come; other lines mean nothing */
  AT_STATE_COMMAND,       /* replies are to come, then a final result code */
  AT_STATE_FREE,          /* the same, of a command that the user wrote */
  AT_STATE_ACCEPT,        /* OK is to come, then the result line */
  AT_STATE_EITHER,        /* OK and the result line are to come, in either order */
  AT_STATE_CONNECT,       /* CONNECT is to come, or an error in its place */
  AT_STATE_RESULT,        /* OK came; the result line is to come */
  AT_STATE_LATE_OK,       /* the result line came; OK is to come */
  AT_STATE_RECEIVE,       /* payload from the module */
  AT_STATE_RECEIVE_GUARD, /* the same, and the silence before "+++" */
  AT_STATE_SUSPEND,       /* the same, while the module leaves data mode on request */
  AT_STATE_TRAILER,       /* the payload has ended; its OK or result line is to come */
  AT_STATE_TRANSMIT,      /* payload to the module */
  AT_STATE_CONFIRM,       /* all of it was handed to the port; OK is to come */
  AT_STATE_CUT,           /* data mode has ended, perhaps early; OK or the result line is to come */
  AT_STATE_GUARD,         /* the silence before "+++" */
  AT_STATE_ESCAPE,        /* "+++" was sent; its OK is to come */
  AT_STATE_END,           /* the exchange ends with the next call */
  AT_STATE_COUNT
} at_state;

typedef enum {
  AT_LINE_OWN, /* begins with a word of the command that runs */
  AT_LINE_OK,
  AT_LINE_CONNECT,
  AT_LINE_ERROR, /* ERROR, +CME ERROR, +CMS ERROR */
  AT_LINE_NO_CARRIER,
  AT_LINE_UNSOLICITED, /* known to come unasked, or subscribed to */
  AT_LINE_SHAPED,      /* "+WORD: ..." of another word */
  AT_LINE_TEXT,        /* anything else */
  AT_LINE_COUNT
} at_line_kind;

typedef enum {
  AT_ACT_IGNORE,    /* nothing */
  AT_ACT_NOISE,     /* nothing, but it is counted */
  AT_ACT_TELL,      /* hand it on as unsolicited */
  AT_ACT_OLDER,     /* the same, unless it may be the rest of a payload that was given up */
  AT_ACT_FOREIGN,   /* a final result code that nothing here waits for */
  AT_ACT_BEGUN,     /* data mode begins, for a command that was given up */
  AT_ACT_UNECHOED,  /* an answer to a command that should have been echoed */
  AT_ACT_REPLY,     /* hand it on as a reply */
  AT_ACT_EARLY,     /* the result line; OK follows, or has got lost */
  AT_ACT_RESULT,    /* the result line; the exchange ends with it */
  AT_ACT_OWN,       /* EARLY where the command has a result line, REPLY otherwise */
  AT_ACT_ACCEPT,    /* OK: the result line is to come, where there is one */
  AT_ACT_CARRIER,   /* the end where data mode may have been asked for, else unsolicited */
  AT_ACT_CUT,       /* payload ran as a command, or the link went: wait a little for the result */
  AT_ACT_DONE,      /* the exchange ends with this final result code */
  AT_ACT_SUSPENDED, /* the module has left data mode on request */
  AT_ACT_CONNECT,   /* data mode begins */
  AT_ACT_UNFRAMED   /* the exchange fails: this fits nowhere */
} at_action;

/* What to do with a line of `kind` in `state`. */
at_action at_state_action(at_state state, at_line_kind kind);

#endif
