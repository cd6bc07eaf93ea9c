"""Records merge as in MLflow's own store: the same calls leave the same records and fields."""

import hashlib
import json
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow.entities.dataset_record import DatasetRecord

from app.protocols.mlflow.wire.evaluation_datasets import dump_records, to_records
from app.tracking.evaluation.datasets import create_dataset, get_dataset
from app.tracking.evaluation.records import merge_records, read_records
from tests.factories import NOW
from tests.tracking.worlds import World

with warnings.catch_warnings():
    # SQLAlchemy warns of what MLflow's tables do.
    warnings.simplefilter("ignore")
    from mlflow.store.tracking.dbmodels.models import SqlEvaluationDatasetRecord
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

pytestmark = pytest.mark.filterwarnings("ignore")

USER = "mlflow.user"
values = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, "a", "", [1]])
objects = st.dictionaries(st.sampled_from(["x", "y"]), values)
names = st.sampled_from(["ann", "bob"])
tags = st.none() | st.dictionaries(st.sampled_from([USER, "t"]), names)
sources = st.sampled_from(
    [
        None,
        {},
        {"source_type": "trace", "source_data": {"trace_id": "tr-1"}},
        {"source_type": "CODE"},
        {"source_type": "DOCUMENT", "source_data": {"source_id": "d"}},
    ]
)


def records(outputs: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"inputs": objects},
        optional={
            "outputs": outputs,
            "expectations": st.none() | objects,
            "tags": tags,
            "source": sources,
        },
    )


# Outputs that are now an object and now none end in a TypeError of MLflow's.
calls = st.sampled_from([values, st.none() | objects]).flatmap(
    lambda outputs: st.lists(st.lists(records(outputs), max_size=3), max_size=4)
)


class Stock:
    """MLflow's rules without its database: what ``upsert_dataset_records`` does with its rows."""

    def __init__(self) -> None:
        self.rows: dict[str, SqlEvaluationDatasetRecord] = {}
        self.fields: Any = None
        self._store = SqlAlchemyStore.__new__(SqlAlchemyStore)

    def upsert(self, given: list[dict[str, Any]]) -> tuple[int, int]:
        before = len(self.rows)
        for record in given:
            text = json.dumps(record["inputs"], sort_keys=True)
            key = hashlib.sha256(text.encode()).hexdigest()
            if key in self.rows:
                self.rows[key].merge(record)
            else:
                self.rows[key] = self._new(record, key)
        known = json.dumps(self.fields) if self.fields else None
        self.fields = self._store._update_dataset_schema(known, given)
        inserted = len(self.rows) - before
        return inserted, len(given) - inserted

    def dumped(self) -> list[dict[str, Any]]:
        return [row.to_mlflow_entity().to_dict() for row in self.rows.values()]

    @staticmethod
    def _new(given: dict[str, Any], key: str) -> SqlEvaluationDatasetRecord:
        plain = {"dataset_id": "d-1", "dataset_record_id": "dr-1", "created_time": NOW}
        record = DatasetRecord.from_dict({**plain, **given, "last_update_time": NOW})
        record.outputs = given.get("outputs", {})
        record.created_by = record.last_updated_by = (given.get("tags") or {}).get(USER)
        row: SqlEvaluationDatasetRecord = SqlEvaluationDatasetRecord.from_mlflow_entity(record, key)
        return row


def comparable(record: dict[str, Any]) -> dict[str, Any]:
    """Drop what is made up by either side: ids and times."""
    own = ("dataset_id", "dataset_record_id", "created_time", "last_update_time")
    return {name: value for name, value in record.items() if name not in own}


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls)
def test_the_same_calls_leave_the_same_records(world: World, calls: list[list[dict[str, Any]]]):
    stock = Stock()
    with world.undone():
        dataset_id = create_dataset(world.caller(), "golden", [world.number]).dataset_id
        for call in calls:
            merged = merge_records(world.caller(), dataset_id, to_records(call))
            assert (merged.inserted, merged.updated) == stock.upsert(json.loads(json.dumps(call)))
        page = read_records(world.caller(), dataset_id)
        ours = [comparable(record) for record in json.loads(dump_records(page.items))]
        fields = get_dataset(world.caller(), dataset_id).fields
    assert ours == [comparable(record) for record in stock.dumped()]
    assert fields == stock.fields
