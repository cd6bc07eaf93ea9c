"""Search runs: the experiments that the caller may see, then a page of their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, true

from app import access
from app.access import Operation
from app.db import Page
from app.db.filling import read_what_fits, size_of_pairs
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import check_page_size
from app.tracking.keyset import fetch_rows, fetch_rows_alike, question_mark, read_token, token_after
from app.tracking.resolve import lifecycle, parse_experiment_ids, run_artifact_uri
from app.tracking.runs.conditions import run_condition
from app.tracking.runs.finds import find_few, is_counted
from app.tracking.runs.logged import fetch_logged
from app.tracking.runs.orders import run_phases
from app.tracking.tables import experiments, runs
from app.tracking.values import Run, RunInfo, RunStatus, Search, View

MAX_RESULTS = 50_000
_OF_A_RUN = 300
_OF_A_METRIC = 100


@dataclass(frozen=True, slots=True)
class Scope:
    """Some of the experiments that a caller may see, by number, with when they were deleted."""

    deleted_at: dict[int, int | None]

    @property
    def living(self) -> list[int]:
        """The numbers of those that are not in the trash."""
        return [number for number, moment in self.deleted_at.items() if moment is None]

    def numbers(self, view: View) -> list[int]:
        """Return where to look for what is in view."""
        return self.living if view is View.ACTIVE_ONLY else list(self.deleted_at)

    def in_view(
        self, view: View, number: ColumnElement[int], deleted_at: ColumnElement[int | None]
    ) -> ColumnElement[bool]:
        """Return the condition that a row is in view: it is deleted if its experiment is."""
        if view is View.ALL:
            return true()
        if view is View.ACTIVE_ONLY:
            return deleted_at.is_(None)
        deleted = [one for one, moment in self.deleted_at.items() if moment is not None]
        return or_(deleted_at.is_not(None), number.in_(deleted))


def search_runs(
    caller: Caller,
    experiment_ids: Sequence[str],
    search: Search,
) -> Page[Run]:
    """Return a page of runs, by default the last started first.

    It is shorter than asked for where the runs are large. Experiments that are absent or hidden are
    left out. Raises InvalidParameterError for a bad id, page size, token or value.
    """
    size = check_page_size(search.max_results, MAX_RESULTS)
    wanted = parse_experiment_ids(experiment_ids)
    question = question_mark(wanted, search.view, search.filters, search.order_by)
    scope = fetch_scope(caller, Operation.RUN_READ, wanted)
    numbers = scope.numbers(search.view)
    phases = run_phases(caller.session, search.order_by)
    orders = [phase.terms for phase in phases]
    start, after = read_token(search.page_token, orders, question)
    few = find_few(caller.session, search.filters, numbers)
    conditions = [
        run_condition(one, leaves_many=few is None and is_counted(one)) for one in search.filters
    ]
    conditions.append(scope.in_view(search.view, runs.c.experiment_number, runs.c.deleted_at))
    found: list[tuple[int, Row[*tuple[Any, ...]]]] = []
    for index in range(start, len(phases) if numbers else 0):
        statement = phases[index].statement(numbers, few).where(*conditions)
        limit = size + 1 - len(found)
        fetch = fetch_rows_alike if phases[index].has_many_alike else fetch_rows
        rows = fetch(caller.session, statement, orders[index], limit, after)
        found += [(index, row) for row in rows]
        after = None
        if len(found) > size:
            break
    wanted_rows = [row for _, row in found[:size]]
    fitting = read_what_fits(wanted_rows, lambda part: _runs(caller, part, scope), _size_of)
    token = ""
    if len(found) > len(fitting):
        last, row = found[len(fitting) - 1]
        token = token_after(row, orders, last, question)
    return Page(fitting, token)


def fetch_scope(caller: Caller, operation: Operation, numbers: Sequence[int]) -> Scope:
    """Return which of the experiments the caller may do ``operation`` on, and record that."""
    may_see = access.visible(caller, operation, Kind.EXPERIMENT, deleted=True)
    if not numbers:
        return Scope({})
    rows = caller.session.execute(
        select(experiments.c.number, securables.c.deleted_at)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(experiments.c.number.in_(numbers), may_see)
    )
    return Scope({row.number: row.deleted_at for row in rows})


def _size_of(run: Run) -> int:
    """Return about how many characters a run is sent in."""
    used = (one.dataset for one in run.dataset_inputs)
    texts = (len(one.source) + len(one.schema or "") + len(one.profile or "") for one in used)
    pairs = size_of_pairs(run.params) + size_of_pairs(run.tags)
    return _OF_A_RUN + _OF_A_METRIC * len(run.metrics) + pairs + sum(texts)


def _runs(caller: Caller, rows: Sequence[Row[*tuple[Any, ...]]], scope: Scope) -> list[Run]:
    logged = fetch_logged(caller.session, [row.pk for row in rows])
    return [
        logged[row.pk].run(
            RunInfo(
                run_id=row.run_id,
                experiment_id=str(row.experiment_number),
                name=row.name,
                user_id=row.user_id,
                created_by=row.created_by,
                status=RunStatus(row.status),
                start_time=row.start_time,
                end_time=row.end_time,
                lifecycle_stage=lifecycle(row.deleted_at, scope.deleted_at[row.experiment_number]),
                artifact_uri=run_artifact_uri(row.experiment_number, row.run_id),
            )
        )
        for row in rows
    ]
