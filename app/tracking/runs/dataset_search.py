"""Which data sets the runs of some experiments used, in a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.resolve import parse_experiment_ids
from app.tracking.runs.search import fetch_scope

MAX_EXPERIMENTS = 20
MAX_SUMMARIES = 1000

_SUMMARIES = Sql("""
SELECT DISTINCT d.experiment_number, d.name, d.digest, t.value
FROM run_datasets d JOIN run_inputs i ON i.dataset_id = d.id
LEFT JOIN run_input_tags t ON t.run_pk = i.run_pk AND t.dataset_id = i.dataset_id
 AND t.tag_name = 'mlflow.data.context'
WHERE d.experiment_number IN_LIST(:numbers)
ORDER BY d.experiment_number, d.name, d.digest, t.value LIMIT :most""")


class DatasetSummary(NamedTuple):
    """A data set as runs of an experiment used it; the context is theirs, such as training."""

    experiment_id: str
    name: str
    digest: str
    context: str | None


def search_datasets(caller: Caller, experiment_ids: Sequence[str]) -> list[DatasetSummary]:
    """Return the data sets of experiments, at most 1000 of them.

    Experiments that are absent or hidden are left out. Raises InvalidParameterError for a bad id,
    more than 20 experiments or none.
    """
    if not 1 <= len(experiment_ids) <= MAX_EXPERIMENTS:
        msg = (
            "SearchDatasets request must specify at least one experiment_id and cannot specify "
            f"more than {MAX_EXPERIMENTS}. Received {len(experiment_ids)} experiment_ids."
        )
        raise InvalidParameterError(msg, field="experiment_ids")
    numbers = parse_experiment_ids(experiment_ids)
    scope = fetch_scope(caller, Operation.RUN_READ, numbers)
    rows = _SUMMARIES.run(caller.session, numbers=list(scope.deleted_at), most=MAX_SUMMARIES)
    return [
        DatasetSummary(str(number), name, digest, context) for number, name, digest, context in rows
    ]
