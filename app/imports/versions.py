"""Bring versions: each under its number, its files shared with the run or model it came from."""

from __future__ import annotations

import re

from sqlalchemy import insert, update

from app import access, audit
from app.access import Operation
from app.artifacts import Vault, normalize_directory
from app.errors import AlreadyExistsError, NotFoundError
from app.identity import Caller
from app.imports.journal import look_up, note, require
from app.imports.values import Brought, Import, Origin, SourceVersion
from app.registry.creation import share_files
from app.registry.edges import record_origin, version_node
from app.registry.model_versions import write_version_tag
from app.registry.queries import read_version
from app.registry.sources import PLACEHOLDERS, Source
from app.registry.tables import model_versions, registered_models
from app.registry.texts import check_tags, check_text
from app.securables import Kind, Securable
from app.tracking.resolve import obtain_logged_model, obtain_run
from app.tracking.runs.inputs import model_node, run_node

_RUN = re.compile(r"runs:/(?P<run>[^/]+)/(?P<path>.+)")
_MODEL = re.compile(r"models:/(?P<model>m-[0-9a-f]{32})")
_VERSION = re.compile(r"models:/(?P<name>[^/]+)/(?P<number>[1-9][0-9]{0,17})")
# Where the files of a run or a logged model are, whatever store and experiment come before.
_RUN_STORE = re.compile(r".*/(?P<run>[0-9a-f]{32})/artifacts(?:/(?P<path>.*))?")
_MODEL_STORE = re.compile(r".*/models/(?P<model>m-[0-9a-f]{32})/artifacts(?:/(?P<path>.*))?")


def bring_version(caller: Caller, vault: Vault, into: Import, found: SourceVersion) -> str:
    """Make a version of the source here, with the files that its source has here; return that.

    The source is written anew as what it is here, with its lineage; it is empty if it is none of
    the source's runs, logged models or versions that were brought, and then there are no files.

    Raises AlreadyExistsError if the model has a version of that number, InvalidParameterError for
    what cannot be kept here, NotFoundError, PermissionDeniedError, KeyDisabledError.
    """
    tags = check_tags(found.tags)
    check_text(found.description, field="description")
    check_text(found.run_link, field="run_link")
    model_id = require(caller, into, Origin.MODEL, found.model)
    model = access.obtain(caller, Operation.IMPORT_VERSION, model_id, kind=Kind.REGISTERED_MODEL)
    source = _find_source(caller, into, found)
    _insert(caller, model, found, source)
    for name, value in tags.items():
        write_version_tag(caller, model, found.number, name, value)
    files = share_files(caller, vault, source, model, found.number)
    made = read_version(caller, model, found.number)
    record_origin(caller, source.origin, made)
    note(
        caller,
        into,
        Origin.VERSION,
        f"{found.model}/{found.number}",
        Brought(f"{model.id}/{found.number}", is_whole=True),
        {"tags": len(tags)},
    )
    audit.record(
        caller,
        Operation.IMPORT_VERSION,
        model,
        source=into.source,
        version=found.number,
        came_from=source.address,
        files=files,
    )
    return source.text


def _insert(caller: Caller, model: Securable, found: SourceVersion, source: Source) -> None:
    taken = caller.session.execute(
        update(registered_models)
        .where(registered_models.c.id == model.id)
        .values(last_version=registered_models.c.last_version)
        .returning(registered_models.c.last_version)
    ).scalar_one()
    at = (model_versions.c.model_id == model.id, model_versions.c.version == found.number)
    if caller.session.execute(model_versions.select().where(*at)).first() is not None:
        msg = f"{model.full_name} has a version {found.number} that is not the source's"
        raise AlreadyExistsError(msg, field="version")
    caller.session.execute(
        insert(model_versions),
        {
            "model_id": model.id,
            "version": found.number,
            "source": source.text,
            "source_model_id": source.model_id,
            "run_id": source.run_id,
            "logged_model_id": source.logged_model_id,
            "run_link": found.run_link,
            "description": found.description,
            "stage": found.stage.value,
            "created_at": found.created_at,
            "created_by": caller.principal.id,
            "updated_at": found.updated_at,
            "updated_by": caller.principal.id,
        },
    )
    caller.session.execute(
        update(registered_models)
        .where(registered_models.c.id == model.id)
        .values(last_version=max(taken, found.number))
    )


def _find_source(caller: Caller, into: Import, found: SourceVersion) -> Source:
    """Return what the source of a version is here; without an origin if it is not here."""
    text = found.source
    run_id = _ours(caller, into, Origin.RUN, found.run_id)
    if text in PLACEHOLDERS:
        return Source(text, run_id=run_id)
    if match := _MODEL.fullmatch(text) or _MODEL_STORE.fullmatch(text):
        return _of_logged_model(caller, into, match, run_id)
    if match := _RUN.fullmatch(text) or _RUN_STORE.fullmatch(text):
        return _of_run(caller, into, match, run_id)
    if match := _VERSION.fullmatch(text):
        return _of_version(caller, into, match)
    return Source("", run_id=run_id)


def _of_logged_model(
    caller: Caller, into: Import, match: re.Match[str], run_id: str | None
) -> Source:
    model_id = _ours(caller, into, Origin.LOGGED_MODEL, match["model"])
    if model_id is None:
        return Source("", run_id=run_id)
    model = obtain_logged_model(caller, Operation.ARTIFACT_READ, model_id, deleted=True)
    directory = normalize_directory(match.groupdict().get("path") or "", field="source")
    text = f"{model.model.artifact_uri}/{directory}" if directory else f"models:/{model_id}"
    run_id = model.model.source_run_id or run_id
    return Source(text, model_node(model), directory, run_id=run_id, logged_model_id=model_id)


def _of_run(caller: Caller, into: Import, match: re.Match[str], run_id: str | None) -> Source:
    of_run = _ours(caller, into, Origin.RUN, match["run"])
    if of_run is None:
        return Source("", run_id=run_id)
    try:
        run = obtain_run(caller, Operation.ARTIFACT_READ, of_run)
    except NotFoundError:
        # Its id is known because something names it, but the other server purged the run itself.
        return Source("", run_id=of_run)
    directory = normalize_directory(match["path"] or "", field="source")
    text = f"runs:/{of_run}/{directory}" if directory else run.info.artifact_uri
    return Source(text, run_node(run), directory, run_id=of_run)


def _of_version(caller: Caller, into: Import, match: re.Match[str]) -> Source:
    copied = _ours(caller, into, Origin.VERSION, f"{match['name']}/{match['number']}")
    if copied is None:
        return Source("")
    model_id, _, number = copied.partition("/")
    model = access.obtain(caller, Operation.ARTIFACT_READ, model_id, kind=Kind.REGISTERED_MODEL)
    version = read_version(caller, model, int(number))
    return Source(
        f"models:/{model.full_name}/{number}",
        version_node(version),
        run_id=version.run_id,
        logged_model_id=version.logged_model_id,
    )


def _ours(caller: Caller, into: Import, kind: Origin, source_id: str) -> str | None:
    brought = look_up(caller, into, kind, [source_id]).get(source_id) if source_id else None
    return None if brought is None else brought.ours
