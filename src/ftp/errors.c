#include "ftp/errors.h"

#include <string.h>

const char ftp_error_texts[] = /* code|text|advice */
    "0|Operation successful|\n"
    "601|Unknown error|close the session and log in again\n"
    "602|FTP(S) server blocked|try again later, or ask who runs the server\n"
    "603|FTP(S) server busy|wait until the command or CLOSE that is running has ended\n"
    "604|DNS parse failed|check the host name and that the PDP context is active\n"
    "605|Network error|check signal and PDP context, then log in again\n"
    "606|Control connection closed|check host and port; log in again\n"
    "607|Data connection closed|repeat the transfer from where it stopped\n"
    "608|Socket closed by peer|log in again; the server may limit idle time or users\n"
    "609|Timeout error|check the signal; a larger timeout at login may help\n"
    "610|Invalid parameter|check the arguments against the manual's ranges\n"
    "611|Failed to open file|check the name of the file in the module's flash (UFS)\n"
    "612|File position invalid|the offset lies behind the end of the file\n"
    "613|File error|the module's flash (UFS) may be full: see modem:space()\n"
    "614|Service not available, closing control connection|log in again later\n"
    "615|Open data connection failed|try mode = \"passive\" with data_address = \"control\", or "
    "look for a firewall\n"
    "616|Connection closed; transfer aborted|repeat the transfer from where it stopped\n"
    "617|Requested file action not taken|the file may be in use on the server: try again\n"
    "618|Requested action aborted: local error in processing|look into the server's log\n"
    "619|Requested action not taken: insufficient system storage|the server's disk is full\n"
    "620|Syntax error, command unrecognized|the server does not know this command\n"
    "621|Syntax error in parameters or arguments|the server does not take this name\n"
    "622|Command not implemented|the server does not have this command\n"
    "623|Bad sequence of commands|close the session and log in again\n"
    "624|Command parameter not implemented|the server does not have this option\n"
    "625|Not logged in|check user and password\n"
    "626|Need account for storing files|the user may not write on this server\n"
    "627|Requested action not taken|check that the name exists and may be used so\n"
    "628|Requested action aborted: page type unknown|log in with type = \"binary\"\n"
    "629|Requested file action aborted|the user's quota on the server may be used up\n"
    "630|Requested file name invalid|the server does not allow this file name\n"
    "631|SSL authentication failed|check certificates, host name, TLS version and the module's "
    "clock\n";

const char ftp_reply_texts[] = /* code|text|advice */
    "421|Service not available, closing control connection|\n"
    "425|Open data connection failed|\n"
    "426|Connection closed; transfer aborted|\n"
    "450|Requested file action not taken|\n"
    "451|Requested action aborted: local error in processing|\n"
    "452|Requested action not taken: insufficient system storage|\n"
    "500|Syntax error, command unrecognized|\n"
    "501|Syntax error in parameters or arguments|\n"
    "502|Command not implemented|\n"
    "503|Bad sequence of commands|\n"
    "504|Command parameter not implemented|\n"
    "530|Not logged in|\n"
    "532|Need account for storing files|\n"
    "550|Requested action not taken: file unavailable|\n"
    "551|Requested action aborted: page type unknown|\n"
    "552|Requested file action aborted: exceeded storage allocation|\n"
    "553|Requested action not taken: file name not allowed|\n";

const char ftp_cme_texts[] = /* code|text|advice */
    "3|Operation not allowed|the module is in a state that does not permit this command\n"
    "4|Operation not supported|this module or firmware lacks the command\n"
    "5|PH-SIM PIN required|enter the phone-to-SIM PIN\n"
    "10|SIM not inserted|check the SIM card and its holder\n"
    "11|SIM PIN required|call modem:unlock(pin)\n"
    "12|SIM PUK required|the card is blocked: enter the PUK in a phone\n"
    "13|SIM failure|check the SIM card and its contacts\n"
    "14|SIM busy|try again in a few seconds\n"
    "15|SIM wrong|this SIM card is not accepted\n"
    "16|Incorrect password|check the PIN; three wrong ones block the card\n"
    "17|SIM PIN2 required|the command needs the card's PIN2\n"
    "18|SIM PUK2 required|PIN2 is blocked: enter the PUK2 in a phone\n"
    "20|Memory full|remove what is no longer needed from the card or the module\n"
    "22|Not found|check the name or index\n"
    "30|No network service|check antenna and coverage\n"
    "31|Network timeout|try again; check the signal\n"
    "32|Network not allowed: emergency calls only|check the SIM's contract\n"
    "50|Incorrect parameters|check the arguments against the manual's ranges\n"
    "100|Unknown|try again; reboot the module if it stays\n"
    "148|Unspecified GPRS error|check APN and attach state\n"
    "149|PDP authentication failure|check APN, user, password and auth\n"
    "400|Invalid input value|check the arguments of the FILE command\n"
    "401|Larger than the size of the file|the offset lies behind the end of the file\n"
    "402|Read zero bytes|the file is empty, or has been read to its end\n"
    "403|Drive full|remove files from the module's flash (UFS)\n"
    "405|File not found|see modem:files() for what is there\n"
    "406|Invalid file name|use letters, digits, dot, dash and underscore\n"
    "407|File already exists|remove the file first\n"
    "409|Failed to write the file|see modem:space(); reboot the module if there is room\n"
    "410|Failed to open the file|see modem:files(); close what other programs have open\n"
    "411|Failed to read the file|remove the file and write it again\n"
    "413|Reached the maximum of open files|close files (AT+QFCLOSE) or reboot the module\n"
    "414|The file is read-only|open it for writing\n"
    "416|Invalid file descriptor|open the file again: a restart closes all\n"
    "417|Failed to list the files|try again; reboot the module if it stays\n"
    "418|Failed to delete the file|it may be open: close it (AT+QFCLOSE)\n"
    "419|Failed to get disk info|try again; reboot the module if it stays\n"
    "420|No space|remove files from the module's flash (UFS)\n"
    "421|Timeout|bytes were missing: check flow control and baud rate\n"
    "423|File too large|see modem:space(); move it in parts, or past the flash\n"
    "425|Invalid parameter|check the arguments of the FILE command\n"
    "426|File already opened|close it (AT+QFCLOSE) or reboot the module\n";

bool ftp_error_next(const char **texts, ftp_error_row *row) {
  const char *at = *texts;
  if (!*at) return false;
  row->code = 0;
  for (; *at != '|'; at++) row->code = 10 * row->code + (*at - '0');
  row->text = at + 1;
  row->text_len = strcspn(row->text, "|");
  row->advice = row->text + row->text_len + 1;
  row->advice_len = strcspn(row->advice, "\n");
  *texts = row->advice + row->advice_len + 1;
  return true;
}
