"""How much is sent twice over a link that is lost again and again."""

from tools import Row, lua, numbers, say

SIZE, EVERY = 1 << 20, 100000
BUDGET, UNIT = 2, "% of the file"

# Drops at one distance hit a chunk at the same place again and again. These distances
# differ by 256 bytes, and so hit a small chunk everywhere.
DISTANCES = range(EVERY - 1024, EVERY + 1024, 256)


def run(ending, every=EVERY):
    return numbers(lua("drops.lua", ending, SIZE, every))


def twice(runs, what):
    """Percent of the file, in the worst of the runs."""
    return 100 * max(each[what] for each in runs) / SIZE - 100


def measure():
    say("1 MiB each way on a virtual clock, a drop every 100 KB")
    noticed = [run("carrier"), run("result")]
    runs = [*noticed, run("silence")]
    shares = [twice([run("silence", every=distance)], "uploaded") for distance in DISTANCES]
    worst = max(twice(runs, "uploaded"), *shares)
    yield Row("uploaded twice, a drop every 100 KB", worst, UNIT, BUDGET,
              note=f"{twice(noticed, 'uploaded'):.2f} if the module notices; otherwise "
                   f"{min(shares):.2f} to {max(shares):.2f}, depending on where in a chunk the "
                   "drops are")
    yield Row("downloaded twice, a drop every 100 KB", twice(runs, "downloaded"), UNIT, BUDGET)
