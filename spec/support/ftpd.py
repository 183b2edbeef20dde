#!/usr/bin/python3
"""A real FTP server for specs and the demo: pyftpdlib on 127.0.0.1, unprivileged.

Prints the port it listens on as its only line, then serves one account over
one folder until SIGTERM or SIGINT, or, with --until-eof, until its standard
input closes (so that it never outlives the program that started it).
"""

import argparse
import logging
import os
import signal
import sys
import threading

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

EVERYTHING = "elradfmwMT"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True, metavar="DIR", help="folder to serve")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (0: any free one)")
    parser.add_argument("--user", default="test", help="account name (%(default)s)")
    parser.add_argument("--password", default="test", help="its password (%(default)s)")
    parser.add_argument("--tls", choices=("implicit", "explicit"), help="speak FTPS")
    parser.add_argument("--certificate", metavar="PEM", help="certificate and key for --tls")
    parser.add_argument("--idle", type=int, default=300, metavar="SECONDS",
                        help="close a silent control connection after (%(default)s)")
    parser.add_argument("--quota", type=int, metavar="BYTES",
                        help="answer 552 to an upload that grows beyond this")
    parser.add_argument("--without", action="append", default=[], metavar="COMMAND",
                        help="answer 500 to COMMAND; repeatable")
    parser.add_argument("--refuse", action="append", default=[], metavar="COMMAND=REPLY",
                        help="answer REPLY to the first COMMAND, once; repeatable")
    parser.add_argument("--always", action="append", default=[], metavar="COMMAND=REPLY",
                        help="answer REPLY to each COMMAND, to REST-STOR and REST-RETR (from an "
                        "offset) or to RNTO-EXISTING; repeatable")
    parser.add_argument("--until-eof", action="store_true",
                        help="also end when standard input closes")
    parser.add_argument("--verbose", action="store_true", help="log to standard error")
    arguments = parser.parse_args()
    if not os.path.isdir(arguments.root):
        parser.error("--root: no such folder: " + arguments.root)
    if arguments.tls and not arguments.certificate:
        parser.error("--tls needs --certificate")
    return arguments


def implicit(base):
    """TLS from the first byte, which pyftpdlib does not offer by itself."""
    class ImplicitHandler(base):
        def handle(self):
            self.secure_connection(self.ssl_context)

        def handle_ssl_established(self):
            base.handle(self)

        def ftp_AUTH(self, arg):
            self.respond("550 not supposed to be used with implicit TLS.")
    return ImplicitHandler


def patient(base):
    """A data channel whose client may begin TLS before it sends RETR or STOR."""
    class PatientChannel(base):
        def readable(self):
            return getattr(self, "_ssl_accepting", False) or base.readable(self)
    return PatientChannel


def limited(base, quota):
    """A data channel that refuses an upload once it is longer than quota."""
    class LimitedChannel(base):
        def handle_read_event(self):
            base.handle_read_event(self)
            if self.receive and self.tot_bytes_received > quota:
                self._resp = ("552 quota exceeded.", logging.warning)
                self.close()
    return LimitedChannel


def refusing(base, once, always):
    """Answers that come in place of what the command does."""
    class RefusingHandler(base):
        def case_of(self, cmd, args):
            if cmd in ("STOR", "RETR") and self._restart_position:
                return "REST-" + cmd
            if cmd == "RNTO" and args and os.path.lexists(args[0]):
                return "RNTO-EXISTING"
            return cmd

        def process_command(self, cmd, *args, **kwargs):
            reply = once.pop(cmd, None) or always.get(cmd) or always.get(self.case_of(cmd, args))
            if reply is None:
                base.process_command(self, cmd, *args, **kwargs)
                return
            self.respond(reply + " as was asked for.")
            if reply == "421":
                self.close_when_done()
    return RefusingHandler


def make_handler(arguments):
    handler = FTPHandler
    if arguments.tls:
        from pyftpdlib.handlers import TLS_FTPHandler
        handler = implicit(TLS_FTPHandler) if arguments.tls == "implicit" else TLS_FTPHandler

    class Handler(handler):
        banner = "ready."
        auth_failed_timeout = 0.1
        timeout = arguments.idle
        use_sendfile = False

    if arguments.tls:
        Handler.certfile = arguments.certificate
        Handler.dtp_handler = patient(Handler.dtp_handler)
        if arguments.tls == "explicit":
            Handler.tls_control_required = True
            Handler.tls_data_required = True
        else:
            Handler.ssl_context = Handler.get_ssl_context()
    if arguments.quota is not None:
        Handler.dtp_handler = limited(Handler.dtp_handler, arguments.quota)
    for command in arguments.without:
        Handler.proto_cmds = {name: value for name, value in Handler.proto_cmds.items()
                              if name != command}
    if arguments.refuse or arguments.always:
        Handler = refusing(Handler, *(dict(each.split("=", 1) for each in pairs)
                                      for pairs in (arguments.refuse, arguments.always)))
    Handler.authorizer = DummyAuthorizer()
    Handler.authorizer.add_user(arguments.user, arguments.password,
                                os.path.abspath(arguments.root), perm=EVERYTHING)
    return Handler


def stop_at_end_of_input():
    def wait():
        while sys.stdin.buffer.read(4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=wait, daemon=True).start()


def main():
    arguments = parse_arguments()
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.CRITICAL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = FTPServer(("127.0.0.1", arguments.port), make_handler(arguments))
    except OSError as error:
        sys.exit("ftpd.py: cannot listen on port %d: %s" % (arguments.port, error.strerror))
    print(server.address[1], flush=True)
    if arguments.until_eof:
        stop_at_end_of_input()
    server.serve_forever(handle_exit=True)


if __name__ == "__main__":
    main()
