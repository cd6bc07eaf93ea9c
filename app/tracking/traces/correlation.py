"""How often two conditions hold of the same traces, by what chance would have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, select, true

from app.access import Operation
from app.db.predicates import Comparison
from app.identity import Caller
from app.tracking.resolve import parse_experiment_ids
from app.tracking.runs.search import fetch_scope
from app.tracking.tables import traces
from app.tracking.traces.conditions import trace_condition

_JEFFREYS = 0.5
Filter = Sequence[Comparison]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Counts of traces, and their normalized pointwise mutual information in [-1, 1].

    That is NaN where it is not defined; ``smoothed`` adds half a trace to each of the four cells
    (Jeffreys' prior).
    """

    first: int
    second: int
    both: int
    total: int

    @property
    def npmi(self) -> float:
        """-1 for conditions that never hold together, 0 for independent ones, 1 for one."""
        if not self.first or not self.second:
            return math.nan
        return self._npmi(0) if self.both else -1.0

    @property
    def smoothed(self) -> float:
        """The same, which a few traces sway less."""
        return self._npmi(_JEFFREYS) if self.first and self.second else math.nan

    def _npmi(self, extra: float) -> float:
        if self.first == self.second == self.both == self.total:
            return 1.0
        both, total = self.both + extra, self.total + 4 * extra
        first, second = self.first + 2 * extra, self.second + 2 * extra
        information = math.log(both * total / (first * second))
        return max(-1.0, min(1.0, information / -math.log(both / total)))


def correlate(
    caller: Caller, experiment_ids: Sequence[str], first: Filter, second: Filter, base: Filter = ()
) -> Correlation:
    """Return how two filters go together among the traces that ``base`` admits.

    Experiments that are absent, hidden or in the trash are left out. Raises InvalidParameterError
    for a bad id or value.
    """
    wanted = parse_experiment_ids(experiment_ids)
    numbers = sorted(fetch_scope(caller, Operation.TRACE_READ, wanted).living)
    if not numbers:
        return Correlation(0, 0, 0, 0)
    is_first, is_second = (
        and_(true(), *(trace_condition(one) for one in filters)) for filters in (first, second)
    )
    conditions = (is_first, is_second, and_(is_first, is_second))
    counts = [func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in conditions]
    admitted = [trace_condition(one) for one in base]
    row = caller.session.execute(
        select(*counts, func.count())
        .select_from(traces)
        .where(traces.c.experiment_number.in_(numbers), *admitted)
    ).one()
    return Correlation(*(int(count) for count in row))
