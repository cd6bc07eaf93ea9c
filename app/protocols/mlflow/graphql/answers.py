"""Who answers which field of a GraphQL query: the functions that answer the client's calls.

A refusal stands in the ``apiError`` of the answer that it is about, as MLflow's pages read it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    GraphQLResolveInfo,
    GraphQLSchema,
    assert_object_type,
    assert_scalar_type,
    build_schema,
    is_list_type,
)

from app.edge.statuses import report
from app.errors import InvalidParameterError
from app.protocols.mlflow.artifacts import answer_artifacts
from app.protocols.mlflow.errors import code_of
from app.protocols.mlflow.experiments import answer_datasets, answer_experiment
from app.protocols.mlflow.graphql.schema import SCHEMA
from app.protocols.mlflow.metrics import answer_metric_samples
from app.protocols.mlflow.model_versions import answer_versions
from app.protocols.mlflow.runs import answer_run, answer_runs
from app.protocols.mlflow.wire.messages import Message
from app.protocols.mlflow.wire.registry import Search
from app.protocols.mlflow.wire.tracking import (
    Dumped,
    GetMetricHistoryBulkInterval,
    ListArtifacts,
    OfExperiment,
    OfRun,
    SearchDatasets,
    SearchRuns,
)
from app.tracking.runs.metric_samples import MAX_POINTS as MAX_SAMPLE

PAGE = 100
MAX_PAGE = 1000
MAX_POINTS = 25_000

_SERVER_FAILED = 500
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")

Answer = Callable[[Dumped], Dumped]
Resolver = Callable[..., Any]


@dataclass(slots=True)
class Asking:
    """What one query has come to know, so that a run's surroundings are not sought run by run."""

    answered: int = 0
    run_ids: list[str] = field(default_factory=list)
    experiments: dict[str, Dumped] = field(default_factory=dict)
    versions: dict[str, list[Dumped]] = field(default_factory=dict)


def make_schema() -> GraphQLSchema:
    """Return the schema with who answers its fields."""
    schema = build_schema(SCHEMA)
    for kind in (schema.query_type, schema.mutation_type):
        for name, asked in kind.fields.items() if kind else ():
            asked.resolve = _root(*_ROOTS[name])
    for kind_name, field_name, resolve in _OTHERS:
        assert_object_type(schema.type_map[kind_name]).fields[field_name].resolve = resolve
    assert_scalar_type(schema.type_map["LongString"]).serialize = _write_long  # type: ignore[assignment,method-assign]
    return schema


def read_field(source: Mapping[str, Any], info: GraphQLResolveInfo, **_arguments: Any) -> Any:
    """Return what an answer of ours holds under a field's name in snake case.

    A list that is empty is left out there, but here it is a list, as the pages rely on.
    """
    value = source.get(_snake_case(info.field_name))
    is_left_out = value is None and is_list_type(info.return_type) and "api_error" not in source
    return [] if is_left_out else value


def tell(error: Exception) -> Dumped:
    """Return the ApiError of a refusal; what is the server's own failure is raised again."""
    known = report(error)
    code, status = code_of(known)
    if status >= _SERVER_FAILED:
        raise error
    return {"code": code, "message": known.message}


def _root(message: type[Message], answer: Answer) -> Resolver:
    def resolve(_source: None, info: GraphQLResolveInfo, **arguments: Any) -> Dumped:
        asking: Asking = info.context
        asking.answered += 1
        try:
            found = answer(message.parse(arguments.get("input") or {}))
        except Exception as error:  # noqa: BLE001 (told, or raised again if it is our failure)
            return {"api_error": tell(error)}
        runs = [found["run"]] if "run" in found else found.get("runs", [])
        asking.run_ids += [run["info"]["run_id"] for run in runs]
        return found

    return resolve


def _answer_page_of_runs(wanted: Dumped) -> Dumped:
    return answer_runs(_with_page(wanted))


def _answer_page_of_versions(wanted: Dumped) -> Dumped:
    return answer_versions(_with_page(wanted))


def _with_page(wanted: Dumped) -> Dumped:
    size = PAGE if wanted["max_results"] is None else wanted["max_results"]
    if size > MAX_PAGE:
        msg = f"Invalid value {size} for parameter 'max_results' supplied: at most {MAX_PAGE}"
        raise InvalidParameterError(msg, field="max_results")
    return {**wanted, "max_results": size}


def _answer_some_samples(wanted: Dumped) -> Dumped:
    size = MAX_SAMPLE if wanted["max_results"] is None else wanted["max_results"]
    most = MAX_POINTS // max(1, len(wanted["run_ids"]))
    return answer_metric_samples({**wanted, "max_results": min(size, max(1, most))})


def _read_experiment(run: Dumped, info: GraphQLResolveInfo) -> Dumped:
    asking: Asking = info.context
    number = run["info"]["experiment_id"]
    if number not in asking.experiments:
        asking.experiments[number] = answer_experiment({"experiment_id": number})["experiment"]
    return asking.experiments[number]


def _read_versions(run: Dumped, info: GraphQLResolveInfo) -> list[Dumped]:
    """Return the versions that were made from a run, sought for all runs of the query at once."""
    asking: Asking = info.context
    new = [run_id for run_id in dict.fromkeys(asking.run_ids) if run_id not in asking.versions]
    if new:
        asking.versions.update({run_id: [] for run_id in new})
        listed = ",".join(f"'{run_id}'" for run_id in new)
        page = {"filter": f"run_id IN ({listed})", "max_results": MAX_PAGE}
        for version in answer_versions(Search.parse(page)).get("model_versions", []):
            asking.versions[version["run_id"]].append(version)
    return asking.versions[run["info"]["run_id"]]


def _read_number(metric: Dumped, _info: GraphQLResolveInfo) -> float | None:
    """Return a metric's value; GraphQL has no word for what is no finite number."""
    value = metric["value"]
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _write_long(number: int) -> str:
    return str(number)


@cache
def _snake_case(name: str) -> str:
    return _CAMEL.sub(r"_\1", name).lower()


_ROOTS: dict[str, tuple[type[Message], Answer]] = {
    "mlflowGetExperiment": (OfExperiment, answer_experiment),
    "mlflowGetMetricHistoryBulkInterval": (GetMetricHistoryBulkInterval, _answer_some_samples),
    "mlflowGetRun": (OfRun, answer_run),
    "mlflowListArtifacts": (ListArtifacts, answer_artifacts),
    "mlflowSearchDatasets": (SearchDatasets, answer_datasets),
    "mlflowSearchModelVersions": (Search, _answer_page_of_versions),
    "mlflowSearchRuns": (SearchRuns, _answer_page_of_runs),
}
_OTHERS: tuple[tuple[str, str, Resolver], ...] = (
    ("MlflowMetricExtension", "value", _read_number),
    ("MlflowMetricWithRunId", "value", _read_number),
    ("MlflowRunExtension", "experiment", _read_experiment),
    ("MlflowRunExtension", "modelVersions", _read_versions),
)
