"""Write the report from what the other steps found.

usage: report.py REPORT_MD COUNTS RESULT...    COUNTS and every RESULT are JSON texts
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

BAR = 40
"""Characters of the longest bar."""


def paragraph(text: str) -> str:
    """Text in lines of a page's width."""
    return textwrap.fill(" ".join(text.split()), 100)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    widths = [max(map(len, cells)) for cells in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    padded = [[cell.ljust(width) for cell, width in zip(cells, widths, strict=True)] for cells in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def chart(values: dict[str, float]) -> str:
    """A bar for each value, in grams."""
    width, longest = max(map(len, values)), max(values.values())
    bars = {name: "█" * round(BAR * value / longest) for name, value in values.items()}
    return "\n".join(f"{name.ljust(width)}  {bars[name]} {value:.0f} g" for name, value in values.items())


def lines_table(fits: list[dict[str, Any]], what: str, digits: int) -> str:
    """A table of fitted lines."""
    rows = [[one["species"], str(one["birds"]), f"{one['slope']:+.{digits}f}", f"{one['r']:+.2f}"] for one in fits]
    return table(["birds of", "number", what, "correlation"], rows)


report_md, *values = sys.argv[1:]
counts, *results = map(json.loads, values)
fits = {(one["species"], one["trait"]): one for one in results if "slope" in one}
means = [one for one in results if "sex" in one]
species = list(dict.fromkeys(one["species"] for one in means))

pooled = fits["all", "bill_depth"]
within = [fits[name, "bill_depth"] for name in species]
slopes = ", ".join(f"{one['slope']:+.3f} for {one['species']}" for one in within)
if pooled["slope"] < 0 < min(one["slope"] for one in within):
    headline = "Longer bills are shallower, until you look at one species at a time"
    finding = f"""
        Over all {pooled["birds"]} birds, bill depth falls as bill length grows: {pooled["slope"]:+.3f} mm of depth for
        each mm of length. Within every single species it rises: {slopes}. The species differ so much in the shape of
        their bills that mixing them turns the trend around (Simpson's paradox)."""
else:
    headline = "Bills and bodies of Palmer penguins"
    finding = f"""
        Over all {pooled["birds"]} birds, bill depth changes by {pooled["slope"]:+.3f} mm for each mm of bill length;
        within the species: {slopes}."""

heaviest = max(means, key=lambda one: one["body_mass_g"])
lightest = min(means, key=lambda one: one["body_mass_g"])
sections = [
    f"# {headline}",
    paragraph(f"""
        {counts["kept"]} of {counts["read"]} penguins, measured near Palmer Station, Antarctica, from 2007 to 2009;
        {counts["incomplete"]} were left out for a missing measurement, {counts["too_light"]} for being too light."""),
    paragraph(finding),
    "## Bill depth against bill length",
    lines_table([*within, pooled], "mm depth per mm length", 3),
    "## Body mass against flipper length",
    lines_table([fits[name, "body_mass"] for name in (*species, "all")], "g per mm flipper", 1),
    "A longer flipper means a heavier bird, however they are grouped.",
    "## Mean body mass",
    "```text\n" + chart({f"{one['species']}, {one['sex']}": one["body_mass_g"] for one in means}) + "\n```",
    paragraph(f"""
        The heaviest group, {heaviest["sex"]} {heaviest["species"]}, weighs
        {heaviest["body_mass_g"] / lightest["body_mass_g"]:.2f} times as much as the lightest, {lightest["sex"]}
        {lightest["species"]}."""),
]

report = Path(report_md)
report.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
report.with_name("notice.txt").unlink(missing_ok=True)  # of an earlier run that failed
print(headline)
