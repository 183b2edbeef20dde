"""A line without a pace: a download into a file against cat(1)."""

import os
import statistics
import subprocess

from tools import Row, folder, lua, numbers, peer, program, say, served, timed

SIZE = 64 << 20
RUNS = 9


def by_driver(path):
    with peer(0, SIZE) as (port,):
        found = numbers(lua("transfer.lua", "get", port, 3000000, path))
    return found["seconds"], found["cpu"]


def by_cat(path):
    with served(program("peer"), "stream", str(SIZE)) as (port,), open(path, "wb") as file:
        # It ends with EIO, when the peer takes the line down.
        found = timed(["cat", port], stdout=file, stderr=subprocess.DEVNULL)
    if os.path.getsize(path) != SIZE:
        raise RuntimeError("cat has lost something")
    return found


def measure():
    say(f"64 MiB from a pty, {RUNS} times, by turns with cat")
    with folder() as place:
        ours, theirs = [], []
        for i in range(RUNS):
            ours.append(by_driver(os.path.join(place, "driver")))
            theirs.append(by_cat(os.path.join(place, "cat")))
    speed = statistics.median(c[0] / d[0] for d, c in zip(ours, theirs))
    cpu = statistics.median(d[1] / c[1] for d, c in zip(ours, theirs))
    rate = statistics.median(SIZE / d[0] for d in ours) / 1e6
    yield Row("get to a file from an unpaced pty, against cat: speed", speed, "of cat's", 0.9,
              at_least=True, note=f"{rate:.0f} MB/s")
    yield Row("get to a file from an unpaced pty, against cat: CPU", cpu, "of cat's", 1.2)
