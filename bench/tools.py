"""What the measurements share: programs to start and stop, rows of the table."""

import contextlib
import dataclasses
import os
import re
import resource
import subprocess
import tempfile
import time

BUILD = os.environ.get("BENCH_BUILD", "build/bench")
LUA = os.environ.get("LUA", "lua5.4")


@dataclasses.dataclass
class Row:
    """A row of the table: `value` must be at least, or at most, `budget`. A row without a
    budget is for comparison. `data` is for the charts."""

    name: str
    value: float
    unit: str
    budget: float = None
    at_least: bool = False
    note: str = ""
    data: dict = None

    @property
    def met(self):
        if self.budget is None:
            return None
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def say(text):
    print("  " + text, flush=True)


def program(name):
    return os.path.join(BUILD, name)


def run(words, **options):
    """Runs a program to its end; returns its output."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def numbers(text):
    """Lines of "name value" as a table."""
    return {name: float(value) for name, value in re.findall(r"^(\w+)\s+([-\d.e]+)$", text, re.M)}


@contextlib.contextmanager
def served(*words, paths=1):
    """Runs a program that prints the paths of its ptys and then serves."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        found = [process.stdout.readline().strip() for _ in range(paths)]
        if not all(found):
            raise RuntimeError(f"{words[0]} did not start")
        yield found
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def peer(baudrate, size, count=1):
    words = (program("peer"), str(count), str(baudrate), str(size))
    return served(*words, paths=count)


def lua(script, *arguments, **options):
    return run([LUA, os.path.join("bench", script), *map(str, arguments)], **options)


def timed(words, **options):
    """Runs a program to its end; returns its seconds and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(words, **options)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cpu


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="bg96-bench-") as path:
        yield path


def pattern(size):
    """The file of the peer; see make_pattern() in peer.c."""
    period, state, block = 65521, 1, bytearray()
    for _ in range(period):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        block.append(state >> 24)
    return (bytes(block) * (size // period + 1))[:size]
