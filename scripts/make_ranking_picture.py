#!/usr/bin/env python3
"""The picture of plain and matched effects of measures in the README, from the tables of the sample.

    pip install matplotlib
    doline demo --out OUT
    python scripts/make_ranking_picture.py OUT

Planted effects are in data-samples/guangxi/truth/truth.json.
"""
import csv
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = pathlib.Path(__file__).resolve().parent.parent
TRUTH = ROOT / "data-samples/guangxi/truth/truth.json"
PANELS = [("none", "Plain: measure less control"), ("classes", "Matched: within land cover and elevation")]
PLAIN, FIRST, PLANTED = "#8c8c8c", "#01665e", "#b2182b"


def planted():
    """The planted effect of each measure on the trend of NEP, gC m-2 yr-2."""
    truth = json.loads(TRUTH.read_text())
    return {zone: values["measure"]["slope"] for zone, values in truth["zones"]["measure"].items()}


def draw(ax, rows, truth):
    for place, row in enumerate(rows):
        effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))
        is_first = row["rank_low"] == row["rank_high"] == "1"
        colour = FIRST if is_first else PLAIN
        ax.plot([low, high], [place, place], color=colour, lw=2.5, solid_capstyle="butt")
        ax.plot(effect, place, "o", color=colour, ms=6)
        ax.plot(truth[row["zone"]], place, "|", color=PLANTED, ms=13, mew=2)
        ranks = row["rank_low"] if row["rank_low"] == row["rank_high"] else f'{row["rank_low"]}-{row["rank_high"]}'
        ax.annotate(f"rank {ranks}", (high, place), (6, 0), textcoords="offset points", va="center", fontsize=7)
    ax.set_yticks(range(len(rows)), [row["zone"] for row in rows], fontsize=8)
    ax.invert_yaxis()
    ax.axvline(0, color="black", lw=0.6)
    ax.tick_params(axis="x", labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)


def main():
    out = pathlib.Path(sys.argv[1])
    rows = list(csv.DictReader((out / "tables/ranking.csv").open()))
    truth = planted()
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharex=True, constrained_layout=True)
    for ax, (matched, title) in zip(axes, PANELS):
        draw(ax, [row for row in rows if row["matched"] == matched], truth)
        ax.set_title(title, fontsize=9, loc="left")
    axes[0].set_xlim(-0.5, 8.6)
    fig.supxlabel("effect on the trend of NEP with its 95 % interval, gC m-2 yr-2", fontsize=8)
    handles = [
        plt.Line2D([], [], color=FIRST, marker="o", lw=2.5, label="ranks first"),
        plt.Line2D([], [], color=PLAIN, marker="o", lw=2.5, label="others"),
        plt.Line2D([], [], color=PLANTED, marker="|", ms=11, mew=2, lw=0, label="planted"),
    ]
    axes[1].legend(handles=handles, fontsize=7, frameon=False, loc="lower right")
    fig.savefig(ROOT / "docs/images/ranking-sample.png", dpi=100)


if __name__ == "__main__":
    main()
