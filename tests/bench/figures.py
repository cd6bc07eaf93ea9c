"""A figure beside its goal, and how they are printed and kept."""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

TIMES = "×"
"""The unit of a ratio."""


@dataclass(frozen=True)
class Figure:
    """One measured number; ``goal`` is an upper bound if ``is_ceiling``, else a lower one.

    ``note`` tells what a ratio is the ratio of.
    """

    name: str
    engine: str
    value: float
    unit: str
    goal: float | None = None
    is_ceiling: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        met = self.value <= self.goal if self.is_ceiling else self.value >= self.goal
        return "met" if met else "MISSED"

    def line(self) -> str:
        sign = "≤" if self.is_ceiling else "≥"
        goal = "" if self.goal is None else f"{sign} {self.goal:,g} {self.unit}"
        value = f"{self.value:,.{2 if self.unit == TIMES else 1}f} {self.unit}"
        said = f"{self.name:<68} {self.engine:<9} {value:>20}   {goal:<20} {self.verdict:<6}"
        return f"{said} {self.note}".rstrip()


class Report:
    """Figures as they come; printed at once, written as JSON at the end."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, figure: Figure) -> None:
        self.figures.append(figure)
        print(figure.line(), flush=True)

    def write(self, path: Path) -> None:
        rows = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def median_seconds(work: Callable[[int], object], rounds: int) -> float:
    """Return the median time of ``work(i)`` over ``rounds`` calls, after a tenth as warm-up."""
    for i in range(max(3, rounds // 10)):
        work(i)
    times = []
    for i in range(rounds):
        begun = time.perf_counter()
        work(i)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
