"""What runs used and made: data sets with tags, and logged models. Lineage follows by itself.

A data set whose name is a full name is the table of that name, for whoever sees or may register it;
any other is the experiment's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import audit
from app.access import Operation
from app.datasets import Contents, find_or_register
from app.datasets.told import read_columns, read_profile, read_source
from app.db import Effect
from app.db.statements import Insert, Sql
from app.identity import Caller
from app.lineage import Edge, EdgeKind, Node, record_edges
from app.namespace import parse_whole
from app.securables import FullName
from app.tracking.checks import (
    MAX_DATASET_DIGEST,
    MAX_DATASET_NAME,
    check_count,
    check_text,
    invalid,
)
from app.tracking.resolve import LoggedModelRef, RunRef, obtain_logged_model, obtain_run
from app.tracking.values import Dataset, DatasetInput, ModelOutput

MAX_DATASETS = 1000
MAX_MODELS = 1000
_LIMITS = {
    "name": MAX_DATASET_NAME,
    "digest": MAX_DATASET_DIGEST,
    "source_type": 255,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
_MAX_TAG_NAME = 255
_MAX_TAG_VALUE = 500

_DATASETS = Insert(
    "run_datasets",
    {
        "experiment_number": "bigint",
        "name": "text",
        "digest": "text",
        "source_type": "text",
        "source": "text",
        "schema": "text",
        "profile": "text",
    },
    "ON CONFLICT (experiment_number, name, digest) DO NOTHING",
)
_DATASET_IDS = Sql("""
SELECT name, digest, id FROM run_datasets
WHERE experiment_number = :number AND name IN_LIST(:names) AND digest IN_LIST(:digests)""")
_INPUTS = Insert(
    "run_inputs",
    {"run_pk": "bigint", "dataset_id": "bigint", "table_id": "text"},
    """ON CONFLICT (run_pk, dataset_id) DO UPDATE SET table_id = excluded.table_id
WHERE run_inputs.table_id IS NULL AND excluded.table_id IS NOT NULL""",
)
_INPUT_TAGS = Insert(
    "run_input_tags",
    {"run_pk": "bigint", "dataset_id": "bigint", "tag_name": "text", "value": "text"},
    "ON CONFLICT DO NOTHING",
)
_KNOWN_INPUTS = Sql("SELECT dataset_id FROM run_inputs WHERE run_pk = :pk")
_MODELS = Insert(
    "run_models",
    {"run_pk": "bigint", "model_pk": "bigint", "direction": "text", "step": "bigint"},
    "ON CONFLICT DO NOTHING",
)


def log_inputs(
    caller: Caller,
    run_id: str,
    *,
    datasets: Sequence[DatasetInput] = (),
    model_ids: Sequence[str] = (),
) -> None:
    """Log what a run used; a data set that it used before stays as it was, with its tags.

    Its answer is the same whatever a name stands for, and whether the caller may know of that.

    Raises InvalidParameterError for a value too long or a run in the trash, NotFoundError for a
    run or model that is absent or hidden, PermissionDeniedError.
    """
    check_count("datasets", len(datasets), MAX_DATASETS)
    check_count("models", len(model_ids), MAX_MODELS)
    check_datasets(datasets)
    if _whole_names(datasets):
        caller.session.begin(Effect.WRITE)  # registering a table decides rights, logging does not
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    models = [
        obtain_logged_model(caller, Operation.LOGGED_MODEL_READ, model_id)
        for model_id in dict.fromkeys(model_ids)
    ]
    write_datasets(caller, run, datasets)
    link_models(caller, run, used=[(model, 0) for model in models])
    audit.record(
        caller, Operation.RUN_LOG, run_id=run_id, datasets=len(datasets), models=len(models)
    )


def log_outputs(caller: Caller, run_id: str, outputs: Sequence[ModelOutput]) -> None:
    """Log which logged models a run made, at which steps.

    Raises InvalidParameterError for a run or model in the trash, NotFoundError for one that is
    absent or hidden, PermissionDeniedError.
    """
    check_count("models", len(outputs), MAX_MODELS)
    run = obtain_run(caller, Operation.RUN_LOG, run_id, active=True)
    models = {
        model_id: obtain_logged_model(caller, Operation.LOGGED_MODEL_UPDATE, model_id, active=True)
        for model_id in dict.fromkeys(output.model_id for output in outputs)
    }
    link_models(caller, run, made=[(models[output.model_id], output.step) for output in outputs])
    audit.record(caller, Operation.RUN_LOG, run_id=run_id, outputs=len(outputs))


def check_datasets(used: Sequence[DatasetInput]) -> None:
    """Raise InvalidParameterError for a data set with a value that is too long, or no name."""
    for index, one in enumerate(used):
        _check_dataset(one, f"datasets[{index}]")


def write_datasets(caller: Caller, run: RunRef, used: Sequence[DatasetInput]) -> None:
    """Write data sets that were checked as inputs of a run, with their lineage.

    A full name stands for a table, if the caller may know of it or register it.
    """
    tables = _tables(caller, _whole_names(used), used)
    _write_rows(caller, run, used, tables)
    node = run_node(run)
    record_edges(
        caller,
        [
            Edge(
                tables.get(one.dataset.name) or _dataset_node(run, one.dataset),
                node,
                EdgeKind.INPUT,
            )
            for one in used
        ],
    )


def link_models(
    caller: Caller,
    run: RunRef,
    *,
    used: Sequence[tuple[LoggedModelRef, int]] = (),
    made: Sequence[tuple[LoggedModelRef, int]] = (),
) -> None:
    """Note which logged models, at which steps, a run used and made, with their lineage."""
    links = [(run.pk, model.pk, "input", step) for model, step in used]
    links += [(run.pk, model.pk, "output", step) for model, step in made]
    _MODELS.run(caller.session, links)
    node = run_node(run)
    inputs = {model.pk: Edge(model_node(model), node, EdgeKind.INPUT) for model, _ in used}
    outputs = {model.pk: Edge(node, model_node(model), EdgeKind.OUTPUT) for model, _ in made}
    record_edges(caller, [*inputs.values(), *outputs.values()])


def run_node(run: RunRef) -> Node:
    """Return the node of a run in lineage."""
    return Node.run(run.run_id, run.name, run.experiment.securable.id)


def model_node(model: LoggedModelRef) -> Node:
    """Return the node of a logged model in lineage."""
    return Node.logged_model(model.model.model_id, model.model.name, model.experiment.securable.id)


def _dataset_node(run: RunRef, dataset: Dataset) -> Node:
    # Its name is the experiment's affair: whoever may not see that may not see this.
    experiment = run.experiment
    return Node.asset(
        f"mlflow:{experiment.number}",
        f"{dataset.name}@{dataset.digest}",
        dataset.name,
        experiment.securable.id,
    )


def _whole_names(used: Sequence[DatasetInput]) -> dict[str, FullName]:
    """Return the full names among the names of data sets, by how they are spelled."""
    names = {one.dataset.name: parse_whole(one.dataset.name) for one in used}
    return {name: whole for name, whole in names.items() if whole is not None}


def _tables(
    caller: Caller, whole: Mapping[str, FullName], used: Sequence[DatasetInput]
) -> dict[str, Node]:
    """Return the nodes of the tables that full names stand for, by how they are spelled."""
    told = {one.dataset.name: one.dataset for one in reversed(used)}
    # In one order for everybody, so that two transactions cannot wait for each other.
    found = {
        name: find_or_register(caller, whole[name], _contents(told[name])) for name in sorted(whole)
    }
    return {name: node for name, node in found.items() if node is not None}


def _contents(dataset: Dataset) -> Contents:
    return Contents(
        source_type=dataset.source_type,
        source=read_source(dataset.source),
        columns=read_columns(dataset.schema or ""),
        digest=dataset.digest,
        profile=read_profile(dataset.profile or ""),
    )


def _write_rows(
    caller: Caller, run: RunRef, used: Sequence[DatasetInput], tables: Mapping[str, Node]
) -> None:
    if not used:
        return
    session, number = caller.session, run.experiment.number
    datasets = {(one.dataset.name, one.dataset.digest): one for one in reversed(used)}
    _DATASETS.run(
        session,
        [
            (number, d.name, d.digest, d.source_type, d.source, d.schema, d.profile)
            for d in (one.dataset for one in datasets.values())
        ],
    )
    rows = _DATASET_IDS.run(
        session,
        number=number,
        names=[name for name, _ in datasets],
        digests=[digest for _, digest in datasets],
    )
    ids = {(row[0], row[1]): row[2] for row in rows}
    known = set(_KNOWN_INPUTS.run(session, pk=run.pk).scalars())
    new = {ids[key]: one for key, one in datasets.items() if ids[key] not in known}
    _INPUTS.run(
        session,
        [
            (run.pk, ids[name, digest], tables[name].securable_id if name in tables else None)
            for name, digest in datasets
        ],
    )
    tags = [
        (run.pk, dataset_id, name, value)
        for dataset_id, one in new.items()
        for name, value in one.tags
    ]
    _INPUT_TAGS.run(session, tags)


def _check_dataset(used: DatasetInput, field: str) -> None:
    for part, limit in _LIMITS.items():
        value = getattr(used.dataset, part)
        if value is not None:
            check_text(value, f"{field}.dataset.{part}", limit)
    for part in ("name", "digest"):
        if not getattr(used.dataset, part):
            raise invalid(f"{field}.dataset.{part}", "", "It must not be empty")
    for name, value in used.tags:
        check_text(name, f"{field}.tags.key", _MAX_TAG_NAME)
        check_text(value, f"{field}.tags.value", _MAX_TAG_VALUE)
