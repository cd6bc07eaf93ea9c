"""Find runs by their ids, wherever they are, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.db.predicates import Comparison, Entity, Operator
from app.identity import Caller
from app.tracking.runs.search import search_runs
from app.tracking.tables import runs
from app.tracking.values import Run, Search, View


def find_runs(caller: Caller, run_ids: Collection[str]) -> dict[str, Run]:
    """Return those of the runs that exist and that the caller may read, by id, in the trash or not.

    Records one decision for all of them.
    """
    wanted = tuple(sorted(set(run_ids)))
    numbers = select(runs.c.experiment_number).where(runs.c.run_id.in_(wanted)).distinct()
    experiment_ids = [str(number) for number in caller.session.execute(numbers).scalars()]
    search = Search(
        view=View.ALL,
        filters=(Comparison(Entity.ATTRIBUTE, "run_id", Operator.IN, wanted),) if wanted else (),
        max_results=max(len(wanted), 1),
    )
    return {run.info.run_id: run for run in search_runs(caller, experiment_ids, search).items}
