"""Where traces came from: the model or the versions of prompts that their client names.

The edge leads to the experiment that holds the traces and counts them: a model in use leaves more
traces than a graph could show, and the search of traces tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app import access
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.lineage import Edge, EdgeKind, Evidence, Node, record_edges
from app.namespace import full_name
from app.securables import Kind
from app.tracking.resolve import ExperimentRef
from app.tracking.traces.prompts import PromptVersion

MODEL_ID = "mlflow.modelId"

_MODEL = Sql("""
SELECT m.name, e.securable_id
FROM logged_models m JOIN experiments e ON e.number = m.experiment_number
WHERE m.model_id = :model_id AND m.deleted_at IS NULL""")
_KNOWN = Sql("SELECT value FROM trace_metadata WHERE trace_pk = :pk AND tag_name = :name")


def record_model(
    caller: Caller, experiment: ExperimentRef, pk: int, metadata: Mapping[str, str]
) -> None:
    """Record the logged model that a trace's metadata name, before they are kept.

    One that the trace is known to be of, that is not there, or that the caller may not see, is
    none: the metadata are a client's words.
    """
    model_id = metadata.get(MODEL_ID)
    if not model_id or _KNOWN.run(caller.session, pk=pk, name=MODEL_ID).scalar() == model_id:
        return
    row = _MODEL.run(caller.session, model_id=model_id).first()
    if row is None:
        return
    read = Operation.LOGGED_MODEL_READ
    if access.may(caller, read, row.securable_id, kind=Kind.EXPERIMENT):
        _record(caller, experiment, [Node.logged_model(model_id, row.name, row.securable_id)])


def record_prompts(
    caller: Caller, experiment: ExperimentRef, prompts: Sequence[PromptVersion]
) -> None:
    """Record the versions of prompts that a trace used, as far as the caller may see them."""
    nodes = []
    for prompt in prompts:
        try:
            name = full_name(caller, prompt.name)
        except InvalidParameterError:
            continue
        read = Operation.REGISTERED_MODEL_READ
        if access.may(caller, read, name, kind=Kind.REGISTERED_MODEL):
            model = access.obtain(caller, read, name, kind=Kind.REGISTERED_MODEL)
            label = f"{model.full_name}/{prompt.version}"
            nodes.append(Node.version(model.id, int(prompt.version), label))
    _record(caller, experiment, nodes)


def _record(caller: Caller, experiment: ExperimentRef, sources: Sequence[Node]) -> None:
    holder = experiment.securable
    target = Node.securable(holder.id, str(holder.full_name))
    record_edges(
        caller,
        [
            Edge(source, target, EdgeKind.TRACED, evidence=Evidence.DECLARED)
            for source in dict.fromkeys(sources)
        ],
    )
