"""An unpaced line: a download into a file, compared with cat(1)."""

import os
import statistics
import subprocess

from tools import Row, folder, lua, numbers, peer, program, say, served, timed

SIZE = 64 << 20
RUNS = 21


def by_driver(path):
    with peer(0, SIZE) as (port,):
        found = numbers(lua("transfer.lua", "get", port, 3000000, path))
    return found["seconds"], found["cpu"]


def by_cat(path):
    with served(program("peer"), "stream", str(SIZE)) as (port,), open(path, "wb") as file:
        # It ends with EIO, when the peer takes the line down.
        found = timed(["cat", port], stdout=file, stderr=subprocess.DEVNULL)
    if os.path.getsize(path) != SIZE:
        raise RuntimeError("cat has lost bytes")
    return found


def median(found, which):
    return statistics.median(pair[which] for pair in found)


def measure():
    say(f"64 MiB from a pty, {RUNS} times, by turns with cat")
    with folder() as place:
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(by_driver(os.path.join(place, "driver")))
            theirs.append(by_cat(os.path.join(place, "cat")))
    # Other programs on the machine make single pairs differ by a factor of four, so the
    # medians are compared.
    seconds, cat_seconds = (median(found, 0) for found in (ours, theirs))
    speed = cat_seconds / seconds
    cpu = median(ours, 1) / median(theirs, 1)
    rate = SIZE / seconds / 1e6
    yield Row("get to a file from an unpaced pty, against cat: speed", speed, "of cat's", 0.9,
              at_least=True, note=f"{rate:.0f} MB/s")
    yield Row("get to a file from an unpaced pty, against cat: CPU", cpu, "of cat's", 1.2)
