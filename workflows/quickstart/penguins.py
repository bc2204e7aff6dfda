"""The table of penguins: reading and writing it, and fitting a straight line to two of its columns."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

NUMBERS = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
MISSING = "NA"

Bird = dict[str, str]


class Line(NamedTuple):
    """The least-squares line through points, and how well it describes them."""

    slope: float
    intercept: float
    r: float
    """Correlation, from -1 to 1."""


def read_birds(path: str) -> list[Bird]:
    """The rows of a table, as text by column."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_birds(path: str, birds: list[Bird]) -> None:
    """Write a table; its folder is made if need be."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(birds[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(birds)


def column(birds: list[Bird], name: str) -> list[float]:
    """The numbers of one column."""
    return [float(bird[name]) for bird in birds]


def mean(values: list[float]) -> float:
    """The arithmetic mean."""
    return sum(values) / len(values)


def fit(x: list[float], y: list[float]) -> Line:
    """The line that comes closest to the points, by the sum of squares."""
    mean_x, mean_y = mean(x), mean(y)
    xx = sum((value - mean_x) ** 2 for value in x)
    yy = sum((value - mean_y) ** 2 for value in y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    slope = xy / xx
    return Line(slope, mean_y - slope * mean_x, xy / (xx * yy) ** 0.5)
