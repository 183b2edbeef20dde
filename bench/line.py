"""Transfers over a serial line of a given baud rate, and those of other programs."""

import contextlib
import os
import statistics
import subprocess
import sys

from tools import Row, folder, lua, numbers, pattern, peer, program, run, say, served, timed

SIZE = 1 << 20
TIME_LIMIT = 120  # seconds for a transfer by another program
RATES = (115200, 921600, 3000000)
RUNS = {115200: 1, 921600: 3, 3000000: 5}


def share(seconds, baudrate):
    """Percent of what a line of 8N1 carries."""
    return 100 * SIZE * 10 / baudrate / seconds


def write_file(path):
    with open(path, "wb") as file:
        file.write(pattern(SIZE))


def check_file(path):
    with open(path, "rb") as file:
        if file.read() != pattern(SIZE):
            raise RuntimeError("the file that arrived differs from the one that was sent")


def driver(what, baudrate, port, path):
    return numbers(lua("transfer.lua", what, port, baudrate, path))["seconds"]


def pyserial(what, baudrate, port, path):
    words = [sys.executable, "bench/pyserial_transfer.py", what, port, str(baudrate), path]
    return float(run([*words, str(SIZE)]))


def over_peer(method, what, baudrate):
    """Seconds of one transfer by `method`; the receiving end checks the file."""
    with folder() as place, peer(baudrate, SIZE) as (port,):
        path = os.path.join(place, "bench.bin")
        if what == "put":
            write_file(path)
        seconds = method(what, baudrate, port, path)
        if what == "get":
            check_file(path)
        return seconds


def zmodem(baudrate):
    """Seconds from the start of sz to its end."""
    with folder() as place, served(program("relay"), str(baudrate), paths=2) as ends:
        path = os.path.join(place, "bench.bin")
        write_file(path)
        os.mkdir(os.path.join(place, "there"))
        with contextlib.ExitStack() as stack:
            near, far = (stack.enter_context(open(end, "r+b", buffering=0)) for end in ends)
            receiver = subprocess.Popen(["rz", "-q", "-b", "-y"], stdin=far, stdout=far,
                                        stderr=subprocess.DEVNULL, cwd=os.path.join(place, "there"))
            try:
                seconds, _ = timed(["sz", "-q", "-b", path], stdin=near, stdout=near,
                                   check=True, timeout=TIME_LIMIT)
            finally:
                receiver.terminate()  # it would wait for another file
                receiver.wait()
        check_file(os.path.join(place, "there", "bench.bin"))
        return seconds


def measure_shares():
    for baudrate in RATES:
        for what in ("get", "put"):
            say(f"{what} of 1 MiB at {baudrate} baud, {RUNS[baudrate]} times")
            seconds = [over_peer(driver, what, baudrate) for _ in range(RUNS[baudrate])]
            best = share(min(seconds), baudrate)
            yield Row(f"{what} of 1 MiB at {baudrate} baud",
                      share(statistics.median(seconds), baudrate), "% of baud/10", 99.5,
                      at_least=True, note=f"median of {len(seconds)}; best {best:.2f}")


def measure_others():
    for baudrate in RATES[1:]:
        for what in ("get", "put"):
            say(f"the same with pyserial: {what} at {baudrate} baud")
            seconds = [over_peer(pyserial, what, baudrate) for _ in range(3)]
            yield Row(f"pyserial script, {what} of 1 MiB at {baudrate} baud",
                      share(statistics.median(seconds), baudrate), "% of baud/10")
        say(f"the same with ZMODEM at {baudrate} baud")
        seconds = [zmodem(baudrate) for _ in range(3)]
        yield Row(f"ZMODEM (sz to rz), 1 MiB at {baudrate} baud",
                  share(statistics.median(seconds), baudrate), "% of baud/10")
