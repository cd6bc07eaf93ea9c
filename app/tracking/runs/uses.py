"""Which runs used a table, and which tables a run used, as far as the caller may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select

from app import access
from app.access import Operation
from app.access.obtain import Target
from app.db import Page
from app.identity import Caller
from app.securables import FullName, Kind
from app.securables.tables import securables
from app.tracking.checks import check_page_size
from app.tracking.keyset import Term, fetch_rows, question_mark, read_token, token_after
from app.tracking.resolve import obtain_run
from app.tracking.tables import datasets, experiments, inputs, runs
from app.tracking.values import RunStatus

MAX_RESULTS = 1000
_LAST_MADE = (
    Term(inputs.c.run_pk, int, ascending=False),
    Term(inputs.c.dataset_id, int, ascending=False),
)


@dataclass(frozen=True, slots=True)
class Use:
    """A run that used a table; ``digest`` tells which contents of it."""

    run_id: str
    run_name: str
    status: RunStatus
    start_time: int
    experiment_id: str
    experiment: str
    digest: str


def list_uses(
    caller: Caller, table: Target, *, page_token: str = "", limit: int = 100
) -> Page[Use]:
    """Return the living runs that used a table under whatever name, the last made first.

    Runs in experiments that the caller may not read are left out. Raises NotFoundError if the table
    is absent or hidden, InvalidParameterError for a page size or token that is not of this list.
    """
    size = check_page_size(limit, MAX_RESULTS, "limit")
    found = access.obtain(caller, Operation.LINEAGE_READ, table, kind=Kind.TABLE)
    question = question_mark(found.id)
    _, after = read_token(page_token, [_LAST_MADE], question)
    may_read = access.visible(caller, Operation.RUN_READ, Kind.EXPERIMENT)
    statement = _select_uses().where(inputs.c.table_id == found.id, may_read)
    rows = fetch_rows(caller.session, statement, _LAST_MADE, size + 1, after)
    token = ""
    if len(rows) > size:
        del rows[size:]
        token = token_after(rows[-1], [_LAST_MADE], 0, question)
    return Page([_use(row) for row in rows], token)


def tables_of_run(caller: Caller, run_id: str) -> dict[tuple[str, str], FullName]:
    """Return the present names of the tables that a run used, by name and digest as it logged them.

    Those that the caller does not see, or that are in the trash, are left out. Raises NotFoundError
    if the run is absent or hidden, PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.RUN_READ, run_id)
    named = select(datasets.c.name, datasets.c.digest, inputs.c.table_id).where(
        inputs.c.run_pk == run.pk,
        inputs.c.dataset_id == datasets.c.id,
        inputs.c.table_id.is_not(None),
    )
    logged = {(row.name, row.digest): row.table_id for row in caller.session.execute(named)}
    if not logged:
        return {}
    its_own = securables.c.id.in_(sorted(set(logged.values())))
    found = access.visible_where(
        caller, Operation.TABLE_READ, Kind.TABLE, its_own, limit=len(logged)
    )
    names = {table.id: table.full_name for table in found}
    return {key: names[table_id] for key, table_id in logged.items() if table_id in names}


def _select_uses() -> Select[Any]:
    return (
        select(
            runs.c.run_id,
            runs.c.name,
            runs.c.status,
            runs.c.start_time,
            experiments.c.number,
            securables.c.name.label("experiment"),
            datasets.c.digest,
        )
        .select_from(inputs)
        .join(runs, runs.c.pk == inputs.c.run_pk)
        .join(datasets, datasets.c.id == inputs.c.dataset_id)
        .join(experiments, experiments.c.number == runs.c.experiment_number)
        .join(securables, securables.c.id == experiments.c.securable_id)
        .where(runs.c.deleted_at.is_(None))
    )


def _use(row: Row[Any]) -> Use:
    return Use(
        run_id=row.run_id,
        run_name=row.name,
        status=RunStatus(row.status),
        start_time=row.start_time,
        experiment_id=str(row.number),
        experiment=row.experiment,
        digest=row.digest,
    )
