"""What a process costs with an idle modem, and with many modems."""

import os
import re
import subprocess
import time

from tools import LUA, Row, folder, lua, pattern, peer, say

IDLE_SECONDS = 10
MODEMS, BAUDRATE, SIZE = 64, 115200, 256 << 10


def count_system_calls(path, since):
    with open(path, encoding="utf-8", errors="replace") as file:
        times = [float(t) for t in re.findall(r"^(?:\d+\s+)?(\d+\.\d+) ", file.read(), re.M)]
    return sum(since < t <= since + IDLE_SECONDS for t in times)


def measure_idle():
    say(f"system calls of an idle modem in {IDLE_SECONDS} s")
    with folder() as place, peer(0, SIZE) as (port,):
        log = os.path.join(place, "strace")
        # -D: strace is the child, so terminate() ends the program itself.
        words = ["strace", "-D", "-f", "-ttt", "-o", log, LUA, "bench/idle.lua", port,
                 str(BAUDRATE)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("idle.lua did not start")
            time.sleep(1)  # it goes to sleep
            since = time.time()
            time.sleep(IDLE_SECONDS)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
        calls = count_system_calls(log, since)
    yield Row(f"wake-ups of an idle modem in {IDLE_SECONDS} s", calls, "system calls", 0)


def measure_many():
    for what in ("get", "put"):
        say(f"{MODEMS} modems at {BAUDRATE} baud in one process: {what}")
        before = os.times()
        with peer(BAUDRATE, SIZE, MODEMS) as ports:
            payload = pattern(SIZE).decode("latin-1") if what == "put" else ""
            text = lua("many.lua", what, BAUDRATE, SIZE, *ports, input=payload,
                       encoding="latin-1")
        after = os.times()
        seconds = [float(line) for line in text.split()]
        shares = [100 * SIZE * 10 / BAUDRATE / s for s in seconds]
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        yield Row(f"{MODEMS} modems, 115200 baud each, {what}: the slowest", min(shares),
                  "% of baud/10", 99, at_least=True,
                  note=f"{cpu / max(seconds):.2f} of a core, the peer's part with it")
