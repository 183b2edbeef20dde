"""Measures everything that has a budget, in one run, and prints a table.

  run.py [--json FILE] [--only WORD]...

The figures are ratios, or counts that do not depend on the machine. Things that are
compared run alternately, and the median counts, because no machine is ever idle."""

import argparse
import dataclasses
import datetime
import json
import os
import platform

import core
import drops
import line
import links
import processes
import throughput
import ticker
from tools import say

MEASURES = {
    "instructions": core.measure_instructions,
    "state": core.measure_state,
    "size": core.measure_size,
    "line": line.measure_shares,
    "others": line.measure_others,
    "cat": throughput.measure,
    "idle": processes.measure_idle,
    "many": processes.measure_many,
    "drops": drops.measure,
    "ticker": ticker.measure,
    "links": links.measure_costs,
    "answers": links.measure_answers,
    "losses": links.measure_losses,
    "curl": links.measure_against_curl,
}


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for text in file:
            if text.startswith("model name"):
                model = text.split(":", 1)[1].strip()
    return f"{os.cpu_count()} x {model}, Linux {platform.release().split('-')[0]}"


def number(value):
    if value is None:
        return ""
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.3f}".rstrip("0").rstrip(".") if value < 10 else f"{value:,.2f}"


def as_text(row):
    budget = "" if row.budget is None else (">= " if row.at_least else "<= ") + number(row.budget)
    met = {None: "", True: "met", False: "MISSED"}[row.met]
    return [row.name, budget, f"{number(row.value)} {row.unit}", met, row.note]


def print_table(rows):
    lines = [["what", "budget", "measured", "", "note"], *map(as_text, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    for text in lines:
        cells = [cell.ljust(width) for cell, width in zip(text, widths)]
        print("  ".join([*cells, text[4]]).rstrip())


def as_json(rows):
    date = datetime.date.today().isoformat()
    found = [{**dataclasses.asdict(row), "met": row.met} for row in rows]
    return {"date": date, "machine": machine(), "load": os.getloadavg()[0], "rows": found}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--only", metavar="WORD", action="append", choices=MEASURES)
    options = parser.parse_args()
    rows = []
    for name, measure in MEASURES.items():
        for row in measure() if not options.only or name in options.only else ():
            say(" ".join(as_text(row)[:4]))
            rows.append(row)
    print_table(rows)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(as_json(rows), file, indent=2)
            file.write("\n")
    missed = sum(row.met is False for row in rows)
    print(f"{sum(row.met is True for row in rows)} budgets met, {missed} missed.")


main()
