"""The C core alone: instructions and memory; the size of the library."""

import os
import re
import subprocess

from tools import BUILD, Row, numbers, program, run

PACKAGE = f"{BUILD}/openwrt/root/bg96"


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


def packed_size(what, *excluded):
    """Bytes of what `tar | gzip -9` makes of `what` in the package: an .ipk or .apk."""
    tar = ["tar", "-c", "--sort=name", "--owner=0", "--group=0", "--mtime=@0",
           "-C", f"{PACKAGE}/usr/lib/lua", *excluded, what]
    archive = subprocess.run(tar, check=True, stdout=subprocess.PIPE).stdout
    packed = subprocess.run(["gzip", "-9", "-n"], check=True, input=archive, stdout=subprocess.PIPE)
    return len(packed.stdout)


def flash_size():
    """Bytes of a squashfs with the package, as OpenWrt makes images."""
    image = f"{BUILD}/package.squashfs"
    run(["mksquashfs", PACKAGE, image, "-nopad", "-noappend", "-root-owned", "-comp", "xz",
         "-b", "256k", "-no-progress", "-quiet"])
    return os.path.getsize(image)


def measure_size():
    module = packed_size("bg96/core.so")
    scripts = packed_size("bg96", "--exclude=core.so")
    yield Row("the library as OpenWrt has it, aarch64, on the flash (squashfs, xz)", flash_size(),
              "bytes", 65536)
    yield Row("the same as a package to download (gzip)", packed_size("bg96"), "bytes", 65536,
              note=f"core.so {module:,}, Lua {scripts:,}")
