#!/usr/bin/python3
"""One of the great FTP servers for the specs: vsftpd, proftpd or pure-ftpd.

Runs it from where .ci/unpack-packages has put it (or from the system), on a free
port of 127.0.0.1, with one account over one folder and settings in a temporary
one. Prints the port when it accepts, and serves until SIGTERM; then nothing is
left of it. With --check it says why the server cannot run here, if it cannot.
"""

import argparse
import glob
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

USER, PASSWORD = "test", "test"
# crypt(3) of the password, with SHA-512.
CRYPTED = ("$6$specs$TBB/Ibk.AvJezGXTbc7S39N2nWkxmI8D0kCdFNzzjiMOJxv4tvv53z6uJMAanOpz"
           "A1VB61MowSjo6PMj4wHK/1")
START_TIME = 10

IS_ROOT = os.geteuid() == 0
# Whom the files belong to: not root, but somebody with a home, where we may choose.
OWNER = pwd.getpwnam("daemon") if IS_ROOT else pwd.getpwuid(os.geteuid())


def write(folder, name, text, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


class Vsftpd:
    """Knows accounts of the system alone, through PAM. Its anonymous account, with
    a list of passwords, does the same without any trace on the machine."""

    program = "vsftpd"
    needs_root = False
    account = "anonymous"

    @staticmethod
    def command(binary, port, options, folder):
        empty = os.path.join(folder, "empty")
        os.mkdir(empty, 0o755)
        settings = {
            "listen": "YES", "listen_address": "127.0.0.1", "listen_port": port,
            "background": "NO", "connect_from_port_20": "NO", "seccomp_sandbox": "NO",
            "run_as_launching_user": "NO" if IS_ROOT else "YES",
            "secure_chroot_dir": empty, "xferlog_enable": "NO", "use_localtime": "NO",
            "anonymous_enable": "YES", "local_enable": "NO", "ftp_username": OWNER.pw_name,
            "nopriv_user": OWNER.pw_name, "anon_root": options.root,
            "secure_email_list_enable": "YES",
            "email_password_file": write(folder, "passwords", PASSWORD + "\n"),
            "write_enable": "YES",
            "anon_upload_enable": "YES", "anon_mkdir_write_enable": "YES",
            "anon_other_write_enable": "YES", "anon_world_readable_only": "NO",
            "anon_umask": "022", "ascii_upload_enable": "YES", "ascii_download_enable": "YES",
        }
        if options.tls:
            settings.update({
                "ssl_enable": "YES", "allow_anon_ssl": "YES", "force_anon_logins_ssl": "YES",
                "force_anon_data_ssl": "YES", "rsa_cert_file": options.certificate,
                "rsa_private_key_file": options.certificate, "ssl_ciphers": "HIGH",
                "require_ssl_reuse": "NO",
                "implicit_ssl": "YES" if options.tls == "implicit" else "NO",
            })
        text = "".join("%s=%s\n" % item for item in settings.items())
        return [binary, write(folder, "vsftpd.conf", text)]


class Proftpd:
    program = "proftpd"
    needs_root = False
    account = USER
    habits = ["AllowOverwrite on", "AllowRetrieveRestart on", "AllowStoreRestart on"]

    @classmethod
    def command(cls, binary, port, options, folder):
        modules = os.path.join(os.path.dirname(binary), "../lib/proftpd")
        accounts = write(folder, "accounts", "%s:%s:%d:%d::%s:/bin/false\n" % (
            USER, CRYPTED, OWNER.pw_uid, OWNER.pw_gid, options.root))
        group = write(folder, "groups", "owner:x:%d:\n" % OWNER.pw_gid)
        lines = [
            "ServerType standalone", "Port %d" % port, "DefaultAddress 127.0.0.1",
            "SocketBindTight on", "UseIPv6 off", "UseReverseDNS off",
            "User %s" % OWNER.pw_name, "Group %s" % grp.getgrgid(OWNER.pw_gid).gr_name,
            "PidFile %s/pid" % folder, "ScoreboardFile %s/scoreboard" % folder,
            "DelayTable none", "WtmpLog off", "TransferLog none",
            "SystemLog %s/log" % folder, "AuthOrder mod_auth_file.c",
            "AuthUserFile %s" % accounts, "AuthGroupFile %s" % group,
            "RequireValidShell off", "PersistentPasswd off", "TimesGMT on",
            "ModulePath %s" % modules,
        ] + cls.habits
        if IS_ROOT:
            lines.append("DefaultRoot ~")
        if options.tls:
            lines += [
                "LoadModule mod_tls.c", "TLSEngine on", "TLSRequired on", "TLSProtocol TLSv1.2",
                "TLSECCertificateFile %s" % options.certificate,
                "TLSECCertificateKeyFile %s" % options.certificate,
                "TLSOptions NoSessionReuseRequired"
                + (" UseImplicitSSL" if options.tls == "implicit" else ""),
            ]
        return [binary, "-n", "-q", "-c", write(folder, "proftpd.conf", "\n".join(lines) + "\n")]


class DebianProftpd(Proftpd):
    """As Debian configures it: no upload goes on at an offset."""

    habits = ["AllowOverwrite on"]


class BareProftpd(Proftpd):
    """Without a line of configuration: no file is written over, either."""

    habits = []


class PureFtpd:
    program = "pure-ftpd"
    needs_root = True
    account = USER

    @staticmethod
    def command(binary, port, options, folder):
        accounts = write(folder, "accounts", "%s:%s:%d:%d::%s/./::::::::::::\n" % (
            USER, CRYPTED, OWNER.pw_uid, OWNER.pw_gid, options.root))
        database = os.path.join(folder, "accounts.pdb")
        maker = os.path.join(os.path.dirname(binary), "../bin/pure-pw")
        subprocess.run([maker, "mkdb", database, "-f", accounts], check=True)
        command = [binary, "-S", "127.0.0.1,%d" % port, "-l", "puredb:" + database, "-E",
                   "-H", "-g", os.path.join(folder, "pid"), "-U", "022:022", "-u", "1"]
        if options.tls:
            command += ["-Y", "3", "-2", options.certificate]
        return command


SERVERS = {
    "vsftpd": Vsftpd, "proftpd": Proftpd, "pure-ftpd": PureFtpd,
    "proftpd-debian": DebianProftpd, "proftpd-bare": BareProftpd,
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server", choices=sorted(SERVERS))
    parser.add_argument("--packages", default="build/servers", metavar="DIR",
                        help="where packages are unpacked (%(default)s)")
    parser.add_argument("--root", metavar="DIR", help="folder to serve")
    parser.add_argument("--tls", choices=("implicit", "explicit"), help="speak FTPS")
    parser.add_argument("--certificate", metavar="PEM", help="certificate and key for --tls")
    parser.add_argument("--check", action="store_true",
                        help="only say why it cannot run here; nothing if it can")
    return parser.parse_args()


def binary_of(server, packages):
    unpacked = os.path.join(packages, "usr/sbin", server.program)
    return unpacked if os.path.exists(unpacked) else None


def libraries(packages):
    """The environment in which the loader finds what came with the packages."""
    folders = glob.glob(os.path.join(packages, "usr/lib/*-linux-*"))
    return dict(os.environ, LD_LIBRARY_PATH=":".join(folders))


def problem_of(server, binary, environment):
    if not binary:
        return "it is not unpacked; `make test` does that where it can"
    if server.needs_root and not IS_ROOT:
        return "it needs root"
    needed = subprocess.run(["ldd", binary], env=environment, capture_output=True, text=True,
                            check=False).stdout
    missing = [line.split()[0] for line in needed.splitlines() if "not found" in line]
    return "libraries are missing: " + " ".join(missing) if missing else None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until_it_accepts(daemon, port):
    deadline = time.monotonic() + START_TIME
    while daemon.poll() is None and time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False


def stop(daemon):
    """Ends the daemon and the processes of its sessions, which are of its group."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(daemon.pid, way)
            daemon.wait(2)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def serve(server, binary, options, environment, folder):
    port = free_port()
    command = server.command(binary, port, options, folder)
    with open(os.path.join(folder, "output"), "w+", encoding="utf-8") as output:
        daemon = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=output, start_new_session=True)
        try:
            if not wait_until_it_accepts(daemon, port):
                output.seek(0)
                sys.exit("%s does not start: %s" % (server.program, output.read().strip()))
            print(port, flush=True)
            daemon.wait()
        finally:
            stop(daemon)


def main():
    options = parse_arguments()
    server = SERVERS[options.server]
    options.packages = os.path.abspath(options.packages)
    environment = libraries(options.packages)
    binary = binary_of(server, options.packages)
    problem = problem_of(server, binary, environment)
    if options.check or problem:
        print(problem or "")
        sys.exit(1 if problem else 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = tempfile.mkdtemp(prefix="bg96-ftpd-")
    try:
        serve(server, binary, options, environment, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
