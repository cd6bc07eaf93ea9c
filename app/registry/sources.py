"""Where the files of a new version come from: a run, a logged model or another version of ours.

The text is matched whole against the few forms that this server itself hands out, then looked up in
the database under the caller's rights. It is never decoded, joined to a path, or opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from app import access
from app.access import Operation
from app.access.obtain import Target
from app.artifacts import normalize_directory
from app.errors import InvalidParameterError
from app.identity import Caller
from app.lineage import Node, NodeKind
from app.namespace import full_name
from app.registry.aliases import resolve_alias
from app.registry.edges import version_node
from app.registry.queries import read_version
from app.registry.values import IS_PROMPT, says_prompt
from app.securables import Kind
from app.tracking.resolve import (
    logged_model_artifact_uri,
    obtain_logged_model,
    obtain_run,
    run_artifact_uri,
)

PLACEHOLDERS = frozenset({"dummy-source", "prompt-template"})
"""What MLflow's clients and store write as the source of a prompt, which has no files."""

_MAX_SOURCE = 2000
_MAX_VERSION = 2**63 - 1
_SHOWN = 200
_FORBIDDEN = re.compile(r"[\\%#?;\x00-\x1f\x7f\ud800-\udfff]")
_RUN = re.compile(r"runs:/(?P<run>[0-9a-f]{32})/(?P<path>.+)")
_LOGGED_MODEL = re.compile(r"models:/(?P<model>m-[0-9a-f]{32})")
_VERSION = re.compile(r"models:/(?P<name>[^/:]+)/(?P<version>[1-9][0-9]{0,18})")
_ALIAS = re.compile(r"models:/(?P<name>[^/:]+)@(?P<alias>[\w\-]{1,255})")
_RUN_URI = re.compile(
    r"(?P<root>mlflow-artifacts:/[0-9]{1,19}/(?P<run>[0-9a-f]{32})/artifacts)(?:/(?P<path>.*))?"
)
_LOGGED_MODEL_URI = re.compile(
    r"(?P<root>mlflow-artifacts:/[0-9]{1,19}/models/(?P<model>m-[0-9a-f]{32})/artifacts)"
    r"(?:/(?P<path>.*))?"
)
_VERSION_URI = re.compile(
    r"mlflow-artifacts:/versions/(?P<id>[0-9a-f]{32})/(?P<version>[1-9][0-9]{0,18})"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Files that the caller may read: a folder of the container that ``origin`` names.

    Without an origin there are none, as for a prompt. ``text`` is the source as given, but for an
    alias, which is replaced by what it points at now.
    """

    text: str
    origin: Node | None = None
    directory: str = ""
    run_id: str | None = None
    logged_model_id: str | None = None

    @property
    def address(self) -> str:
        """Where the files are, without the name of a model: its container and the folder in it."""
        if self.origin is None:
            return self.text
        return f"{self.origin.key}/{self.directory}".rstrip("/")

    @property
    def model_id(self) -> str | None:
        """The registered model that a copy is made from."""
        if self.origin is None or self.origin.kind is not NodeKind.VERSION:
            return None
        return self.origin.securable_id


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a client says of a version to be: where it comes from, and what is noted with it."""

    source: str
    run_id: str | None = None
    logged_model_id: str | None = None
    run_link: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_prompt(self) -> bool:
        """Whether its tags make it a prompt."""
        return says_prompt(self.tags.get(IS_PROMPT))


def check_source(new: NewVersion) -> None:
    """Refuse what cannot be a source, before anything is looked up.

    A prompt's source is a placeholder and nothing else is: the flag widens nothing.

    Raises InvalidParameterError, whose field is ``source``.
    """
    text = new.source
    if new.is_prompt:
        if text not in PLACEHOLDERS:
            raise refuse(new, "Prompt sources must use an MLflow placeholder.")
        return
    if not text or len(text) > _MAX_SOURCE or _FORBIDDEN.search(text) or ".." in text.split("/"):
        raise refuse(new, _ADMITTED)
    if not any(form.fullmatch(text) for form in _FORMS):
        raise refuse(new, _ADMITTED)


def resolve_source(caller: Caller, new: NewVersion) -> Source:
    """Find the files that a claim names, if the caller may read them.

    Raises InvalidParameterError, whose field is ``source``, for any other form, or if the run or
    logged model that the client names is not the one that the source is in; NotFoundError if that
    is absent or hidden; PermissionDeniedError if its files may not be read.
    """
    check_source(new)
    if new.is_prompt:
        return _of_placeholder(caller, new)
    if match := _RUN.fullmatch(new.source) or _RUN_URI.fullmatch(new.source):
        return _of_run(caller, new, match)
    match = _LOGGED_MODEL.fullmatch(new.source) or _LOGGED_MODEL_URI.fullmatch(new.source)
    if match:
        return _of_logged_model(caller, new, match)
    return _of_version(caller, new)


def refuse(new: NewVersion, why: str) -> InvalidParameterError:
    """Return the error for a source, in the words of MLflow's server."""
    msg = f"Invalid model version source: {new.source[:_SHOWN]!r}. {why}"
    return InvalidParameterError(msg, field="source")


def _of_placeholder(caller: Caller, new: NewVersion) -> Source:
    if new.logged_model_id:
        raise refuse(new, "A prompt has no model_id.")
    if new.run_id:
        obtain_run(caller, Operation.RUN_READ, new.run_id)
    return Source(new.source, run_id=new.run_id or None)


def _of_run(caller: Caller, new: NewVersion, match: re.Match[str]) -> Source:
    run_id = match["run"]
    directory = normalize_directory(match["path"] or "", field="source")
    if new.run_id not in {None, "", run_id} or new.logged_model_id:
        raise refuse(new, _OTHER_ORIGIN)
    run = obtain_run(caller, Operation.ARTIFACT_READ, run_id, active=True)
    root = match.groupdict().get("root")
    if root is not None and root != run_artifact_uri(run.experiment.number, run_id):
        raise refuse(new, _OTHER_ORIGIN)
    origin = Node.run(run_id, run.name, run.experiment.securable.id)
    return Source(new.source, origin, directory, run_id=run_id)


def _of_logged_model(caller: Caller, new: NewVersion, match: re.Match[str]) -> Source:
    model_id = match["model"]
    directory = normalize_directory(match.groupdict().get("path") or "", field="source")
    if new.logged_model_id not in {None, "", model_id}:
        raise refuse(new, _OTHER_ORIGIN)
    found = obtain_logged_model(caller, Operation.ARTIFACT_READ, model_id, active=True)
    run_id = found.model.source_run_id
    root = match.groupdict().get("root")
    if root is not None and root != logged_model_artifact_uri(found.experiment.number, model_id):
        raise refuse(new, _OTHER_ORIGIN)
    if new.run_id not in {None, "", run_id}:
        raise refuse(new, _OTHER_ORIGIN)
    return Source(
        new.source,
        Node.logged_model(model_id, found.model.name, found.experiment.securable.id),
        directory,
        run_id=run_id,
        logged_model_id=model_id,
    )


def _of_version(caller: Caller, new: NewVersion) -> Source:
    """Find the version to copy. Its origin is copied with it, and need not be visible."""
    by_alias = _ALIAS.fullmatch(new.source)
    match = by_alias or _VERSION.fullmatch(new.source) or _VERSION_URI.fullmatch(new.source)
    if match is None:
        raise refuse(new, _ADMITTED)
    groups = match.groupdict()
    target: Target = groups.get("id") or full_name(caller, groups.get("name") or "", field="source")
    model = access.obtain(caller, Operation.ARTIFACT_READ, target, kind=Kind.REGISTERED_MODEL)
    number = resolve_alias(caller, model, match["alias"]) if by_alias else int(match["version"])
    if number > _MAX_VERSION:
        raise refuse(new, _ADMITTED)
    version = read_version(caller, model, number)
    if version.is_prompt:
        raise refuse(new, "Prompt versions cannot be used as model version sources.")
    if new.run_id not in {None, "", version.run_id}:
        raise refuse(new, _OTHER_ORIGIN)
    if new.logged_model_id not in {None, "", version.logged_model_id}:
        raise refuse(new, _OTHER_ORIGIN)
    return Source(
        f"models:/{match['name']}/{number}" if by_alias else new.source,
        version_node(version),
        run_id=version.run_id,
        logged_model_id=version.logged_model_id,
    )


_FORMS = (_RUN, _LOGGED_MODEL, _VERSION, _ALIAS, _RUN_URI, _LOGGED_MODEL_URI, _VERSION_URI)
_ADMITTED = (
    "A source is runs:/<run>/<path>, models:/m-<id>, models:/<name>/<version>, "
    "models:/<name>@<alias>, or an mlflow-artifacts:/ URI of a run or model of this server."
)
_OTHER_ORIGIN = (
    "The run_id and model_id request parameters must identify the resource that contains the "
    "source."
)
