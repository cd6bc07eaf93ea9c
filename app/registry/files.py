"""Read the files of a version, by EXECUTE on its model alone."""

from __future__ import annotations

from app import access, audit
from app.access import Operation
from app.access.obtain import Target
from app.artifacts import FileInfo, OpenedFile, Vault, list_files, open_file
from app.db import Page
from app.identity import Caller
from app.registry.edges import record_load
from app.registry.queries import read_version
from app.registry.values import ModelVersion
from app.securables import Kind, Securable


def get_download_uri(caller: Caller, name: Target, version: int) -> str:
    """Return the URI under which MLflow's clients fetch the files of a version.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if EXECUTE is missing.
    """
    model, found = _obtain(caller, Operation.MODEL_VERSION_LOAD, name, version)
    audit.record(caller, Operation.MODEL_VERSION_LOAD, model, version=version)
    return found.download_uri


def open_version_file(
    caller: Caller,
    vault: Vault,
    name: Target,
    version: int,
    path: str,
    byte_range: tuple[int, int | None] | None = None,
) -> OpenedFile:
    """Open a file of a version, or bytes [start, end) of it.

    Raises NotFoundError if the model is absent or hidden, or lacks the version or file,
    PermissionDeniedError if EXECUTE is missing, KeyDisabledError, RangeNotSatisfiableError,
    IntegrityError if the stored bytes were altered.
    """
    model, found = _obtain(caller, Operation.ARTIFACT_READ, name, version)
    opened = open_file(caller, vault, found.container, path, byte_range)
    record_load(caller, found)
    audit.record(caller, Operation.ARTIFACT_READ, model, version=version, path=path)
    return opened


def list_version_files(
    caller: Caller, name: Target, version: int, directory: str = "", *, page_token: str = ""
) -> Page[FileInfo]:
    """Return the files and folders directly in a folder of a version.

    Raises NotFoundError if the model is absent or hidden, or has no such version,
    PermissionDeniedError if EXECUTE is missing, InvalidParameterError for a bad path or token.
    """
    model, found = _obtain(caller, Operation.ARTIFACT_LIST, name, version)
    page = list_files(caller, found.container, directory, page_token=page_token)
    audit.record(caller, Operation.ARTIFACT_LIST, model, version=version, path=directory)
    return page


def _obtain(
    caller: Caller, operation: Operation, name: Target, version: int
) -> tuple[Securable, ModelVersion]:
    model = access.obtain(caller, operation, name, kind=Kind.REGISTERED_MODEL)
    return model, read_version(caller, model, version)
