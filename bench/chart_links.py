"""Draws what transfers cost over each link, from the results of run.py, with gnuplot.

  chart_links.py RESULTS.JSON CHART.SVG

A panel for each link; in it, for each size, the seconds of a transfer with a login of its own,
ours and curl's, and of one in a session that is open. Beside each bar are its bytes."""

import json
import subprocess
import sys

TERMINAL = """
set terminal svg size 900,{height} dynamic font "sans-serif,12" background rgb "white"
set output "{output}"
set style fill solid 0.8
set multiplot layout {count},1 title "{title}"
set key off
set border 3
set tics nomirror out
set lmargin 44
set rmargin 4
"""

PANEL = """
set title "{link}, seconds" offset 0,-0.5
set yrange [{last}:-0.7]
set xrange [0:{limit}]
$bars << EOD
{bars}
EOD
plot $bars using ($2/2):1:($2/2):(0.4):3:ytic(4) with boxxyerror lc rgb variable, \\
     $bars using ($2+{limit}*0.008):1:5 with labels left font ",10"
"""

COLORS = {"open": 0x6FA8CF, "ours": 0x2E6F9E, "curl": 0x9AA5AE}
TEXTS = {"open": "in an open session", "ours": "with login and close", "curl": "curl"}
WAYS = {"put": "up", "get": "down"}


def bars(rows):
    """Lines of a panel: for each transfer three bars, then a gap."""
    lines, place = [], 0
    for size in sorted({row["size"] for row in rows}):
        for what, way in WAYS.items():
            for who, text in TEXTS.items():
                for row in rows:
                    if (row["size"], row["what"], row["who"]) == (size, what, who):
                        lines.append(f'{place} {row["seconds"]} {COLORS[who]} '
                                     f'"{size // 1000} KB {way}, {text}" '
                                     f'"{row["seconds"]:.1f} s, {row["bytes"]:,.0f} bytes"')
                        place += 1
            place += 0.4
    return lines, place


def main(source, output):
    with open(source, encoding="utf-8") as file:
        found = json.load(file)
    rows = [row["data"] for row in found["rows"] if row["data"]]
    links = list(dict.fromkeys(row["link"] for row in rows))
    title = f'What a file costs over each link ({found["date"]}, {found["machine"]})'
    script = TERMINAL.format(height=60 + 400 * len(links), output=output, count=len(links),
                             title=title)
    for link in links:
        mine = [row for row in rows if row["link"] == link and row["what"] in WAYS]
        lines, last = bars(mine)
        limit = 1.3 * max(row["seconds"] for row in mine)
        script += PANEL.format(link=link, last=last, limit=limit, bars="\n".join(lines))
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


main(*sys.argv[1:])
