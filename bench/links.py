"""Transfers over the links that users have: what they cost in time and on the air."""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import sys

from tools import LUA, Row, folder, lua, numbers, pattern, run, say, timed

LINKS = {"lte-m": (150, 300000, 300000), "gprs": (700, 40000, 60000), "nb-iot": (1600, 20000, 25000)}
NAMES = {"lte-m": "LTE-M", "gprs": "GPRS", "nb-iot": "NB-IoT"}
SIZES = (1000, 10000, 100000)
LARGE = 1000000
BAUDRATE = 921600  # of the line to the module: no radio here is faster
COMMANDS = {"put": 2, "get": 3, "upload": 5, "download": 5}
SERVER = ("/usr/bin/python3", "spec/support/ftpd.py", "--user", "bench", "--password", "bench")


def rate(link, what):
    """Bytes a second of a link in the direction of a transfer."""
    return LINKS[link][1 if what in ("put", "upload") else 2] / 8


# --- our own side alone, on a virtual clock ---------------------------------------------

def virtual(*arguments):
    return numbers(lua("link.lua", *arguments))


def cost(found, name):
    """What a measure of link.lua has cost."""
    names = ("seconds", "commands", "data_connections", "up", "down")
    each = {counter: found[f"{name}_{counter}"] for counter in names}
    each["bytes"] = each["up"] + each["down"]
    return each


def on_air(each):
    return (f"{each['commands']:.0f} commands, {each['data_connections']:.0f} data connections, "
            f"{each['bytes']:,.0f} bytes on the air")


def figures(link, what, size, who, seconds, count):
    """For the chart: what a transfer takes in an open session, or a session for it alone."""
    return {"link": NAMES[link], "what": what, "size": size, "who": who, "seconds": seconds,
            "bytes": count}


def kilobytes(size):
    return "1 MB" if size == LARGE else f"{size // 1000} KB"


def table(link, found):
    """Rows for comparison: a login, and each transfer in a session that is open."""
    login = cost(found, "login")
    yield Row(f"{NAMES[link]}: login", login["seconds"], "s", note=on_air(login))
    for what in COMMANDS:
        for size in SIZES:
            each = cost(found, f"{what}_{size}")
            ideal = size / rate(link, what)
            yield Row(f"{NAMES[link]}: {what} of {kilobytes(size)}", each["seconds"], "s",
                      note=f"{on_air(each)}; at the rate of the radio {ideal:.2f} s",
                      data=figures(link, what, size, "open", each["seconds"], each["bytes"]))


def measure_large(found):
    taken = virtual("lte-m+taken", BAUDRATE, LARGE)
    for what in COMMANDS:
        each, other = (cost(figures, f"{what}_{LARGE}") for figures in (found, taken))
        note = f"{each['seconds']:.1f} s; {on_air(each)}"
        if what in ("put", "upload"):
            note += f"; {other['seconds']:.1f} s where a chunk is confirmed when it is taken"
        yield Row(f"{what} of 1 MB over LTE-M, {BAUDRATE} baud",
                  each["seconds"] * rate("lte-m", what) / LARGE, "of the radio's time", 1.03,
                  note=note)


def measure_costs():
    say("transfers over each link, on a virtual clock")
    found = {link: virtual(link, BAUDRATE, *SIZES, LARGE) for link in LINKS}
    for what, budget in COMMANDS.items():
        every = [cost(found[link], f"{what}_{size}") for link in LINKS for size in (*SIZES, LARGE)]
        yield Row(f"FTP commands of {what}, 1 KB to 1 MB, at most",
                  max(each["commands"] for each in every), "commands", budget)
    every = [cost(found[link], f"{what}_{size}") for link in LINKS for what in COMMANDS
             for size in (*SIZES, LARGE)]
    yield Row("data connections of a transfer, 1 KB to 1 MB, at most",
              max(each["data_connections"] for each in every), "connections", 1)
    worst = max(cost(found[link], f"download_{LARGE}")["bytes"] for link in LINKS)
    yield Row("bytes on the air, download of 1 MB", worst / LARGE, "of the file", 1.002)
    yield from measure_large(found["lte-m"])
    for link in LINKS:
        yield from table(link, found[link])


# --- a module that takes its time --------------------------------------------------------

def measure_answers():
    say("1 MB where each answer of the module takes its time, on a virtual clock")
    for milliseconds, budget in ((50, 1.05), (300, 1.15)):
        found = virtual("answer", milliseconds, BAUDRATE, LARGE)
        seconds = {what: found[f"{what}_{LARGE}_seconds"] for what in COMMANDS}
        for what in COMMANDS if milliseconds == 50 else ():
            yield Row(f"{what} of 1 MB, answers take 50 ms", 1000 * LARGE / BAUDRATE / seconds[what],
                      "% of the line", 95, at_least=True, note=f"{seconds[what]:.2f} s")
        yield Row(f"upload of 1 MB, answers take {milliseconds} ms", seconds["upload"] / seconds["put"],
                  "of put's time", budget,
                  note=f"{seconds['upload']:.1f} s, put {seconds['put']:.1f} s")


def measure_losses():
    say("200 kB over a radio that is slower than the line, without flow control")
    found = virtual("loss")
    ideal = 200000 / 3000
    for name, text, budget in (("upload1", "the first", None), ("upload2", "the second", 1.5)):
        yield Row(f"upload of 200 kB without flow control, {text}", found[f"{name}_seconds"] / ideal,
                  "of the ideal time", budget,
                  note=("" if found[f"{name}_done"] else "FAILED; ")
                  + f"{found[f'{name}_seconds']:.0f} s, {found[f'{name}_lost']:,.0f} bytes lost")
    outcome = "whole" if found["put_done"] else "ended with an error"
    limit = None if found["put_done"] else 60
    yield Row("put of 200 kB without flow control", found["put_seconds"], "s", limit,
              note=f"{outcome}; {found['put_lost']:,.0f} bytes lost")


# --- against curl, on the real clock -----------------------------------------------------

@contextlib.contextmanager
def server(root):
    """A real FTP server over a folder; gives its port."""
    process = subprocess.Popen([*SERVER, "--root", root], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class Ours:
    """A module with a radio in front of a real server, and the driver on its pty."""

    def __init__(self, link, place, port):
        self.control, self.port = os.path.join(place, "control"), port
        words = [LUA, "bin/bg96-emulator", "--radio", link, "--baud", str(BAUDRATE), "--control",
                 self.control]
        self.emulator = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.pty = self.emulator.stdout.readline().strip()

    def bytes(self):
        found = numbers(run([LUA, "bin/bg96-emulator", "ctl", self.control, "counters"]))
        return found["up"] + found["down"]

    def transfer(self, what, path):
        before = self.bytes()
        seconds = numbers(lua("session.lua", what, self.pty, BAUDRATE, self.port, path))["seconds"]
        return seconds, self.bytes() - before

    def close(self):
        self.emulator.terminate()
        self.emulator.wait()
        self.emulator.stdout.close()


class Curl:
    """curl over the same link, which shaper.py makes. Each transfer has a link of its own, as
    shaper.py tells at its end what has gone through."""

    def __init__(self, link, _, port):
        self.link, self.url = link, f"ftp://127.0.0.1:{port}/bench.bin"

    def transfer(self, what, path):
        words = [sys.executable, "bench/shaper.py", *map(str, LINKS[self.link])]
        shaper = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        proxy = "127.0.0.1:" + shaper.stdout.readline().strip()
        try:
            seconds, _ = timed(["curl", "-sS", "--socks4", proxy, "-u", "bench:bench",
                                "-T" if what == "put" else "-o", path, self.url], check=True)
        finally:
            shaper.send_signal(signal.SIGTERM)
            found = numbers(shaper.communicate()[0])
        return seconds, found["up"] + found["down"]

    def close(self):
        pass


def sessions(kind, link, sizes):
    """Seconds and bytes of a login, one transfer and a close, by transfer and size."""
    found = {}
    with folder() as place:
        there, here = os.path.join(place, "there"), os.path.join(place, "here")
        os.mkdir(there)
        with server(there) as port, contextlib.closing(kind(link, place, port)) as client:
            for size in sizes:
                for what in ("put", "get"):
                    data = pattern(size)
                    with open(here, "wb") as file:
                        file.write(data if what == "put" else b"")
                    found[what, size] = client.transfer(what, here)
                    for path in (os.path.join(there, "bench.bin"), here):
                        with open(path, "rb") as file:
                            if file.read() != data:
                                raise RuntimeError(f"{what} over {link}: the file differs")
    return found


def compare(link, ours, curls):
    for (what, size), (seconds, count) in ours.items():
        curl_seconds, curl_count = curls[what, size]
        is_budget = size == 10000
        name = f"{NAMES[link]}: login, {what} of {kilobytes(size)}, close"
        yield Row(name, seconds / curl_seconds, "of curl's time", 1.0 if is_budget else None,
                  note=f"{seconds:.2f} s; {count:,.0f} bytes on the air",
                  data=figures(link, what, size, "ours", seconds, count))
        yield Row(f"{name}: curl", curl_seconds, "s", note=f"{curl_count:,.0f} bytes on the air",
                  data=figures(link, what, size, "curl", curl_seconds, curl_count))


def measure_against_curl():
    say("a login, one transfer and a close over each link, against curl: about three minutes")
    with concurrent.futures.ThreadPoolExecutor(2 * len(LINKS) + 1) as pool:
        def start(kind, link, sizes):
            return pool.submit(sessions, kind, link, sizes)
        found = {(kind, link): start(kind, link, SIZES) for link in LINKS for kind in (Ours, Curl)}
        large = start(Curl, "lte-m", [LARGE])
        for link in LINKS:
            yield from compare(link, found[Ours, link].result(), found[Curl, link].result())
        for (what, _), (seconds, _) in large.result().items():
            yield Row(f"curl, login and {what} of 1 MB over LTE-M", seconds * rate("lte-m", what) / LARGE,
                      "of the radio's time", note=f"{seconds:.1f} s")
