"""How late a ticker is in each event loop while a modem transfers files."""

from tools import Row, lua, numbers, say

TICKS, SIZE = 200, 1 << 20
LOOPS = {"run": "ftp.run", "cqueues": "cqueues", "luv": "luv", "copas": "copas"}
BUDGET = 25


def measure():
    for loop, name in LOOPS.items():
        say(f"a ticker of 10 ms beside 1 MiB each way in {name}")
        found = numbers(lua("ticker.lua", loop, TICKS, SIZE))
        if not found:
            say("not available for this Lua")
            continue
        ticks, median, latest, own = (
            found["ticks"], *(1000 * found[what] for what in ("median", "latest", "own")))
        yield Row(f"a ticker of 10 ms beside 1 MiB each way, {name}: the latest tick", latest,
                  "ms late", BUDGET, note=f"of {ticks:.0f}, half of them within {median:.2f}; "
                                          f"{own:.2f} while the process itself ran")
