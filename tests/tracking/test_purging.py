"""What belongs to a run, a logged model or an experiment goes with it."""

import pytest
from sqlalchemy import Table

from app.db import metadata
from app.tracking import purging
from app.tracking.evaluation import tables as evaluation_tables
from app.tracking.tables import traces
from app.tracking.traces.rows import TRACE_TABLES

KEPT_APART = {"trace_runs", "runs", "logged_models", "traces"}
OWNERS = {
    "run_pk": {*purging.RUN_TABLES},
    "trace_pk": {*TRACE_TABLES},
    "model_pk": {*purging.MODEL_TABLES},
    **{column: {*tables} for column, tables in purging.TABLES_BELOW.values()},
    # What runs logged goes with the runs of the experiment.
    "experiment_number": {*purging.EXPERIMENT_TABLES, *purging.RUN_TABLES, "experiments"},
}


def tables_with(column: str) -> set[str]:
    found: list[Table] = [table for table in metadata.tables.values() if column in table.columns]
    return {table.name for table in found}


@pytest.mark.parametrize("column", OWNERS)
def test_no_table_is_forgotten(column: str) -> None:
    assert traces.name in metadata.tables
    assert evaluation_tables.scorers.name in metadata.tables
    assert tables_with(column) - KEPT_APART <= OWNERS[column]
