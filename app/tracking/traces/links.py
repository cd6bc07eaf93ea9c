"""What traces belong to: the runs that made them, and the prompts that they used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app import audit
from app.access import Operation
from app.db import Session
from app.db.statements import Sql
from app.errors import InvalidParameterError
from app.identity import Caller
from app.tracking.checks import check_text, invalid
from app.tracking.resolve import ExperimentRef, obtain_run
from app.tracking.traces.lineage import record_prompts
from app.tracking.traces.prompts import (
    MAX_PROMPT_NAME,
    MAX_PROMPTS,
    MAX_VERSION,
    PromptVersion,
    put_prompts,
)
from app.tracking.traces.resolve import find_pks, obtain_trace, trace_not_found

MAX_LINKS = 100

_LINK = Sql("""
INSERT INTO trace_runs (trace_pk, run_id) VALUES (:pk, :run_id)
ON CONFLICT (trace_pk, run_id) DO NOTHING""")


def link_traces_to_run(caller: Caller, run_id: str, trace_ids: Sequence[str]) -> None:
    """Link traces to a run of the same experiment.

    Raises InvalidParameterError for more than 100 or a run in the trash; NotFoundError for a run
    or trace that is absent, hidden or in another experiment; PermissionDeniedError.
    """
    if len(trace_ids) > MAX_LINKS:
        msg = (
            f"Cannot link more than {MAX_LINKS} traces to a run in a single request. "
            f"Provided {len(trace_ids)} traces."
        )
        raise InvalidParameterError(msg, field="trace_ids")
    run = obtain_run(caller, Operation.TRACE_LINK, run_id, active=True)
    found = find_pks(caller, run.experiment, trace_ids)
    for trace_id in trace_ids:
        if trace_id not in found:
            raise trace_not_found(trace_id)
    put_links(caller.session, run_id, found.values())
    audit.record(caller, Operation.TRACE_LINK, run_id=run_id, trace_ids=list(found))


def link_logged_traces(
    caller: Caller, experiment: ExperimentRef, run_id: str, pks: Iterable[int]
) -> None:
    """Link traces whose spans are being logged to the run that they are of.

    Raises InvalidParameterError for a run that is in the trash or elsewhere, NotFoundError,
    PermissionDeniedError.
    """
    run = obtain_run(caller, Operation.TRACE_LINK, run_id, active=True)
    if run.experiment.number != experiment.number:
        msg = f"The run {run_id} is not of the experiment {experiment.number}"
        raise InvalidParameterError(msg, field="run_id")
    put_links(caller.session, run_id, pks)


def put_links(session: Session, run_id: str, pks: Iterable[int]) -> None:
    """Link traces to a run that was obtained."""
    _LINK.run_each(session, [{"pk": pk, "run_id": run_id} for pk in pks])


def link_prompts(caller: Caller, trace_id: str, prompts: Sequence[PromptVersion]) -> None:
    """Say which versions of prompts a trace used, beside those that are known already.

    Whether there are such prompts is not asked: the trace is what its client says it is. Raises
    InvalidParameterError for more than 100 or a bad name or version, NotFoundError,
    PermissionDeniedError.
    """
    if len(prompts) > MAX_PROMPTS:
        msg = f"At most {MAX_PROMPTS} prompts can be linked at once. Got {len(prompts)}."
        raise InvalidParameterError(msg, field="prompt_versions")
    for one in prompts:
        check_text(one.name, "prompt_versions.name", MAX_PROMPT_NAME)
        check_text(one.version, "prompt_versions.version", MAX_VERSION)
        if not one.name or not (one.version.isascii() and one.version.isdigit()):
            raise invalid("prompt_versions", f"{one.name}/{one.version}", "It is a name and number")
    trace = obtain_trace(caller, Operation.TRACE_LINK, trace_id, active=True)
    put_prompts(caller.session, trace.pk, prompts)
    record_prompts(caller, trace.experiment, prompts)
    audit.record(
        caller,
        Operation.TRACE_LINK,
        trace_id=trace_id,
        prompts=[f"{one.name}/{one.version}" for one in prompts],
    )
