#include "ftp/refusal.h"

static bool is_refusing_reply(int protocol) {
  switch (protocol) {
    case 202:
    case 250: return true; /* an answer, but not to the question */
    case 421:              /* closing the control connection */
    case 425:              /* the data connection */
    case 426:
    case 503: /* the order of commands */
    case 530: /* the login */
    case 532: return false;
    default: return protocol >= 400 && protocol <= 599;
  }
}

/* Table 1 of the manual: 617 to 630 stand for replies of the server. */
static bool is_refusing_code(int code) {
  switch (code) {
    case 623: /* the order of commands */
    case 625: /* the login */
    case 626: return false;
    default: return code >= 617 && code <= 630;
  }
}

bool ftp_is_refusal(int code, int protocol) {
  return protocol > 0 ? is_refusing_reply(protocol) : is_refusing_code(code);
}

bool ftp_error_is_refusal(const at_error *error) {
  return error->kind == AT_ERROR_FTP && ftp_is_refusal(error->code, error->protocol);
}
