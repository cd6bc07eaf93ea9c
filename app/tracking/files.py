"""The files of runs, logged models and traces, by the rights on their experiments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from app import artifacts, audit
from app.access import Operation
from app.artifacts import FileInfo, OpenedFile, Upload, Vault
from app.db import Page
from app.db.statements import Sql
from app.identity import Caller
from app.securables import Securable
from app.tracking.resolve import (
    ExperimentRef,
    logged_model_artifact_uri,
    logged_model_not_found,
    obtain_logged_model,
    obtain_run,
    parse_experiment_id,
    run_artifact_uri,
    run_not_found,
    trace_artifact_uri,
)
from app.tracking.traces.resolve import obtain_trace

SPANS_FILE = "traces.json"
"""In which clients before 3.6 keep the spans of a trace."""

ATTACHMENTS = "attachments"
"""The folder of what is attached to the spans of a trace."""

_SPANS_FILE = Sql("""
UPDATE traces SET has_spans_file = :has_it
WHERE experiment_number = :number AND trace_id = :trace_id""")


@dataclass(frozen=True, slots=True)
class Holder:
    """A run, a logged model or a trace as the holder of files; one of the three ids is given.

    An ``experiment_id`` that is given must be the one that it is in; the address needs that of a
    trace.
    """

    run_id: str = ""
    model_id: str = ""
    trace_id: str = ""
    experiment_id: str | None = None

    @property
    def container(self) -> str:
        """The address of its files."""
        if self.trace_id:
            return trace_container(parse_experiment_id(self.experiment_id or ""), self.trace_id)
        return f"run:{self.run_id}" if self.run_id else f"logged_model:{self.model_id}"

    def within(self, experiment: ExperimentRef) -> Self:
        """Return it with the experiment that it is in."""
        return replace(self, experiment_id=str(experiment.number))


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of what is in a folder, and where all files of its holder are for MLflow's clients."""

    root_uri: str
    page: Page[FileInfo]


def trace_container(number: int, trace_id: str) -> str:
    """Return the address of a trace's files: the same id in another experiment is another's."""
    return f"trace:{number}/{trace_id}"


def store_file(caller: Caller, vault: Vault, holder: Holder, upload: Upload) -> FileInfo:
    """Store a file, replacing one of the same path; must be the first use of the session.

    Raises InvalidParameterError for a bad path or a holder in the trash, NotFoundError if it is
    absent or hidden, PermissionDeniedError, KeyDisabledError, ConflictError, and
    LengthRequiredError, TooLargeError or IncompleteUploadError for a body that is not whole.
    """

    def authorize() -> Securable:
        return _obtain(caller, Operation.ARTIFACT_WRITE, holder, active=True).securable

    stored = artifacts.store_file(caller, vault, authorize, upload)
    if holder.trace_id and stored.path == SPANS_FILE:
        _note_spans_file(caller, holder, has_it=True)
    audit.record(
        caller,
        Operation.ARTIFACT_WRITE,
        container=holder.container,
        path=stored.path,
        size=stored.size,
        sha256=stored.sha256.hex(),
    )
    return stored


def open_file(
    caller: Caller,
    vault: Vault,
    holder: Holder,
    path: str,
    byte_range: tuple[int, int | None] | None = None,
) -> OpenedFile:
    """Open a file, or bytes [start, end) of it.

    Raises NotFoundError if the holder is absent or hidden or has no such file,
    PermissionDeniedError, KeyDisabledError, RangeNotSatisfiableError, IntegrityError.
    """
    holder = holder.within(_obtain(caller, Operation.ARTIFACT_READ, holder))
    opened = artifacts.open_file(caller, vault, holder.container, path, byte_range)
    audit.record(caller, Operation.ARTIFACT_READ, container=holder.container, path=path)
    return opened


def list_files(
    caller: Caller, holder: Holder, directory: str = "", *, page_token: str = ""
) -> Listing:
    """Return the files and folders directly in a folder.

    Raises NotFoundError if the holder is absent or hidden, PermissionDeniedError,
    InvalidParameterError for a bad path or token.
    """
    number = _obtain(caller, Operation.ARTIFACT_LIST, holder).number
    page = artifacts.list_files(caller, holder.container, directory, page_token=page_token)
    audit.record(caller, Operation.ARTIFACT_LIST, container=holder.container, path=directory)
    if holder.run_id:
        return Listing(run_artifact_uri(number, holder.run_id), page)
    if holder.trace_id:
        return Listing(trace_artifact_uri(number, holder.trace_id), page)
    return Listing(logged_model_artifact_uri(number, holder.model_id), page)


def delete_files(caller: Caller, vault: Vault, holder: Holder, path: str = "") -> int:
    """Delete a file, a folder with all in it, or all files; return how many.

    Raises NotFoundError if the holder is absent or hidden, or nothing is there;
    PermissionDeniedError, InvalidParameterError for a bad path or a holder in the trash.
    """
    _obtain(caller, Operation.ARTIFACT_DELETE, holder, active=True)
    deleted = artifacts.delete_files(caller, vault, holder.container, path)
    if holder.trace_id and path in {"", SPANS_FILE}:
        _note_spans_file(caller, holder, has_it=False)
    audit.record(
        caller,
        Operation.ARTIFACT_DELETE,
        container=holder.container,
        path=path,
        files=deleted,
    )
    return deleted


def _note_spans_file(caller: Caller, holder: Holder, *, has_it: bool) -> None:
    number = int(holder.experiment_id or "")
    _SPANS_FILE.run(caller.session, trace_id=holder.trace_id, number=number, has_it=has_it)


def _obtain(
    caller: Caller, operation: Operation, holder: Holder, *, active: bool = False
) -> ExperimentRef:
    if holder.trace_id:
        number = parse_experiment_id(holder.experiment_id) if holder.experiment_id else None
        trace = obtain_trace(caller, operation, holder.trace_id, active=active, number=number)
        return trace.experiment
    if holder.run_id:
        found = obtain_run(caller, operation, holder.run_id, active=active).experiment
        absent = run_not_found(holder.run_id)
    else:
        found = obtain_logged_model(caller, operation, holder.model_id, active=active).experiment
        absent = logged_model_not_found(holder.model_id)
    claimed = holder.experiment_id
    if claimed is not None and parse_experiment_id(claimed) != found.number:
        raise absent
    return found
