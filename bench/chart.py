"""Draws the results of run.py with gnuplot.

  chart.py BENCH.JSON CHART.SVG

Above: the share of a serial line's rate that the transfers reach. Below: the part of each
budget that is used; up to 1 it is met."""

import json
import subprocess
import sys

LINE_UNIT = "% of baud/10"

SCRIPT = """
set terminal svg size 900,{height} dynamic font "sans-serif,12" background rgb "white"
set output "{output}"
set style fill solid 0.8
set multiplot
set boxwidth 0.7
set key off
set border 3
set tics nomirror out
set lmargin 58
set yrange [{count_line}:-1]
set xrange [80:101]
set size 1,{share_line}
set origin 0,{share_rest}
set title "{label}\\n\\nShare of the line, percent"
$line << EOD
{line}
EOD
$rest << EOD
{rest}
EOD
set arrow 1 from 99.5, graph 0 to 99.5, graph 1 nohead dt 2 lc rgb "#c0392b"
plot $line using (80+($1-80)/2):0:(($1-80)/2):(0.35):2:ytic(3) with boxxyerror lc rgb variable, \\
     $line using ($1-0.2):0:4 with labels right font ",10" tc rgb "white"
unset arrow 1
set size 1,{share_rest}
set origin 0,0
set yrange [{count_rest}:-1]
set xrange [0:*]
set title "Part of the budget that is used: at most 1"
set arrow 2 from 1, graph 0 to 1, graph 1 nohead dt 2 lc rgb "#c0392b"
plot $rest using ($1/2):0:($1/2):(0.35):2:ytic(3) with boxxyerror lc rgb variable
unset multiplot
"""

OURS, OTHERS, MISSED = 0x2E6F9E, 0x9AA5AE, 0xC9772B


def color(row):
    if row["budget"] is None:
        return OTHERS
    return OURS if row["met"] else MISSED


def used(row):
    if row["at_least"]:
        return row["budget"] / row["value"]
    return row["value"] / row["budget"] if row["budget"] else float(row["value"] > 0)


def main(source, output):
    with open(source, encoding="utf-8") as file:
        found = json.load(file)
    line = [row for row in found["rows"] if row["unit"] == LINE_UNIT]
    rest = [row for row in found["rows"] if row["unit"] != LINE_UNIT and row["budget"] is not None]
    whole = len(line) + len(rest) + 8
    script = SCRIPT.format(
        height=100 + 26 * whole, output=output, label=f'{found["date"]}, {found["machine"]}',
        count_line=len(line), count_rest=len(rest),
        share_line=(len(line) + 4) / whole, share_rest=(len(rest) + 4) / whole,
        line="\n".join(f'{row["value"]} {color(row)} "{row["name"]}" {row["value"]:.2f}'
                       for row in line),
        rest="\n".join(f'{used(row)} {color(row)} "{row["name"]}"' for row in rest))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


main(*sys.argv[1:])
