"""The C core alone: instructions and memory; the size of the library."""

import re
import subprocess

from tools import BUILD, Row, numbers, program, run


def count_instructions(what, read_size):
    out = f"{BUILD}/callgrind.{what}.{read_size}"
    words = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}",
             "--collect-atstart=no", "--toggle-collect=measured", program("instructions")]
    total = numbers(run([*words, what, str(read_size)]))["bytes"]
    with open(out, encoding="ascii", errors="replace") as file:
        counted = int(re.search(r"^(?:summary|totals):\s*(\d+)", file.read(), re.M).group(1))
    return counted / total


def measure_instructions():
    unit = "instructions/byte"
    lines = count_instructions("lines", 64)
    yield Row("response lines, 16 URC prefixes, reads of 64 bytes", lines, unit, 19,
              note="best seen elsewhere: 37.8 with none (attentive), 155 (oFono)")
    yield Row("response lines, 16 URC prefixes, reads of 4096 bytes",
              count_instructions("lines", 4096), unit, 19)
    yield Row("data mode, reads of 4096 bytes", count_instructions("data", 4096), unit, 0.2,
              note="best seen elsewhere: 1.87 (lwcell)")


def measure_state():
    sizes = numbers(run([program("state")]))
    yield Row("state of a modem, with its read buffer", sizes["modem"], "bytes", 8192,
              note=f"a call that runs takes {sizes['call']:.0f} more")
    grown = sizes["growth_heap"] + sizes["growth_resident"]
    yield Row("growth of memory over a transfer of 1 GiB", grown, "bytes", 0)


def compressed(what, *excluded):
    """Bytes of what `tar | gzip -9` makes of `what` in the package."""
    tar = ["tar", "-c", "--sort=name", "--owner=0", "--group=0", "--mtime=@0",
           "-C", f"{BUILD}/package/usr/lib/lua", *excluded, what]
    archive = subprocess.run(tar, check=True, stdout=subprocess.PIPE).stdout
    packed = subprocess.run(["gzip", "-9", "-n"], check=True, input=archive, stdout=subprocess.PIPE)
    return len(packed.stdout)


def measure_size():
    module = compressed("bg96/core.so")
    scripts = compressed("bg96", "--exclude=core.so")
    yield Row("the library as OpenWrt has it, aarch64, compressed", compressed("bg96"), "bytes",
              65536, note=f"core.so {module:,}, Lua {scripts:,}")
