"""Scorers: definitions of judges and metrics, kept in versions for whoever evaluates.

Nothing is scored here: clients fetch a scorer and run it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, select

from app import access, audit
from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.securables import Kind
from app.securables.tables import securables
from app.tracking.checks import check_text, invalid
from app.tracking.evaluation.tables import scorer_versions, scorers
from app.tracking.resolve import ExperimentRef, obtain_experiment, parse_experiment_ids
from app.tracking.tables import experiments

MAX_NAME = 256
MAX_LISTED = 10_000
_MAX_DEFINITION = 1_000_000
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = "call_source"
"""Where a scorer made of a function holds the function's text, which loading it would run."""

_REGISTER = Sql("""
INSERT INTO scorers (scorer_id, experiment_number, name, last_version)
VALUES (:scorer_id, :number, :name, 1)
ON CONFLICT (experiment_number, name) DO UPDATE SET last_version = scorers.last_version + 1
RETURNING pk, scorer_id, last_version""")
_ADD_VERSION = Sql("""
INSERT INTO scorer_versions (scorer_pk, version, definition, created_by, created_at)
VALUES (:pk, :version, :definition, :principal, :now)""")
_DELETE_VERSION = Sql("""
DELETE FROM scorer_versions WHERE version = :version AND scorer_pk =
 (SELECT pk FROM scorers WHERE experiment_number = :number AND name = :name)""")
_DELETE_VERSIONS = Sql("""
DELETE FROM scorer_versions WHERE scorer_pk =
 (SELECT pk FROM scorers WHERE experiment_number = :number AND name = :name)""")
_DELETE = Sql("DELETE FROM scorers WHERE experiment_number = :number AND name = :name")


@dataclass(frozen=True, slots=True)
class Scorer:
    """A version of a scorer; ``definition`` is JSON as the client made it."""

    experiment_id: str
    scorer_id: str
    name: str
    version: int
    definition: str
    created_at: int


def register_scorer(caller: Caller, experiment_id: str, name: str, definition: str) -> Scorer:
    """Keep a scorer as the next version of its name.

    Raises InvalidParameterError for a bad name, a definition that is no JSON object or holds code,
    or an experiment in the trash; NotFoundError, PermissionDeniedError.
    """
    _check_name(name)
    _check_definition(definition)
    found = obtain_experiment(caller, Operation.SCORER_REGISTER, experiment_id, active=True)
    scorer_id = str(uuid.uuid4())
    row = _REGISTER.run(caller.session, scorer_id=scorer_id, number=found.number, name=name).one()
    _ADD_VERSION.run(
        caller.session,
        pk=row.pk,
        version=row.last_version,
        definition=definition,
        principal=caller.principal.id,
        now=caller.now,
    )
    audit.record(caller, Operation.SCORER_REGISTER, scorer=name, version=row.last_version)
    return Scorer(str(found.number), row.scorer_id, name, row.last_version, definition, caller.now)


def get_scorer(caller: Caller, experiment_id: str, name: str, version: int | None = None) -> Scorer:
    """Return a version of a scorer, by default the latest that there is.

    Raises NotFoundError if it or its experiment is absent or hidden, PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.SCORER_READ, experiment_id)
    versions = _fetch(caller, found, name)
    if version is not None:
        versions = [one for one in versions if one.version == version]
    if not versions:
        raise _not_found(experiment_id, name, version)
    audit.record(caller, Operation.SCORER_READ, scorer=name, version=versions[-1].version)
    return versions[-1]


def list_versions(caller: Caller, experiment_id: str, name: str) -> list[Scorer]:
    """Return the versions of a scorer, the oldest first.

    Raises NotFoundError if it or its experiment is absent or hidden, PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.SCORER_READ, experiment_id)
    versions = _fetch(caller, found, name)
    if not versions:
        raise _not_found(experiment_id, name)
    return versions


def list_scorers(caller: Caller, experiment_id: str) -> list[Scorer]:
    """Return the latest version of each scorer of an experiment, by name.

    Raises NotFoundError if the experiment is absent or hidden, PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.SCORER_READ, experiment_id)
    return _latest(caller, scorers.c.experiment_number == found.number)


def search_scorers(caller: Caller, experiment_ids: Sequence[str] | None = None) -> list[Scorer]:
    """Return the same of all experiments whose scorers the caller may read, or of some of them.

    At most 10,000 of them. Raises InvalidParameterError for what is no id.
    """
    may_see = access.visible(caller, Operation.SCORER_READ, Kind.EXPERIMENT)
    if experiment_ids is None:
        return _latest(caller, may_see)
    numbers = parse_experiment_ids(experiment_ids)
    return _latest(caller, may_see, scorers.c.experiment_number.in_(numbers))


def check_online(caller: Caller, scorer_ids: Sequence[str]) -> None:
    """Note that somebody asked how some scorers run online, which none does.

    Raises InvalidParameterError for what is no id of a scorer.
    """
    for scorer_id in scorer_ids:
        if _ID.fullmatch(scorer_id) is None:
            raise invalid("scorer_ids", scorer_id)
    access.visible(caller, Operation.SCORER_READ, Kind.EXPERIMENT)


def delete_scorer(
    caller: Caller, experiment_id: str, name: str, version: int | None = None
) -> None:
    """Delete a version of a scorer for good, or by default all of them.

    Raises NotFoundError if it or its experiment is absent or hidden, InvalidParameterError for one
    in the trash, PermissionDeniedError.
    """
    found = obtain_experiment(caller, Operation.SCORER_DELETE, experiment_id, active=True)
    place = {"number": found.number, "name": check_text(name, "name", MAX_NAME)}
    if version is None:
        _DELETE_VERSIONS.run(caller.session, **place)
        deleted = _DELETE.run(caller.session, **place).rowcount
    else:
        deleted = _DELETE_VERSION.run(caller.session, version=version, **place).rowcount
    if deleted == 0:
        raise _not_found(experiment_id, name, version)
    audit.record(caller, Operation.SCORER_DELETE, scorer=name, version=version)


def _latest(caller: Caller, *conditions: ColumnElement[bool]) -> list[Scorer]:
    later = scorer_versions.alias("later")
    is_last = ~(
        select(later.c.version)
        .where(
            later.c.scorer_pk == scorer_versions.c.scorer_pk,
            later.c.version > scorer_versions.c.version,
        )
        .exists()
    )
    statement = _select().where(is_last, *conditions).limit(MAX_LISTED)
    order = (scorers.c.experiment_number, scorers.c.name)
    return [_scorer(row) for row in caller.session.execute(statement.order_by(*order))]


def _fetch(caller: Caller, found: ExperimentRef, name: str) -> list[Scorer]:
    statement = _select().where(
        scorers.c.experiment_number == found.number,
        scorers.c.name == check_text(name, "name", MAX_NAME),
    )
    rows = caller.session.execute(statement.order_by(scorer_versions.c.version))
    return [_scorer(row) for row in rows]


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(scorers, scorer_versions)
        .join_from(scorers, scorer_versions, scorer_versions.c.scorer_pk == scorers.c.pk)
        .join(experiments, experiments.c.number == scorers.c.experiment_number)
        .join(securables, securables.c.id == experiments.c.securable_id)
    )


def _scorer(row: Row[*tuple[Any, ...]]) -> Scorer:
    return Scorer(
        experiment_id=str(row.experiment_number),
        scorer_id=row.scorer_id,
        name=row.name,
        version=row.version,
        definition=row.definition,
        created_at=row.created_at,
    )


def _not_found(experiment_id: str, name: str, version: int | None = None) -> NotFoundError:
    numbered = "" if version is None else f" and version {version}"
    msg = f"Scorer with name '{name[:80]}'{numbered} not found for experiment {experiment_id}."
    return NotFoundError(msg, field="name")


def _check_name(name: str) -> None:
    if not name.strip():
        raise invalid("name", name, "Scorer name cannot be empty or contain only whitespace.")
    check_text(name, "name", MAX_NAME)


def _check_definition(definition: str) -> None:
    check_text(definition, "serialized_scorer", _MAX_DEFINITION)
    try:
        parsed = orjson.loads(definition)
    except orjson.JSONDecodeError as error:
        raise invalid("serialized_scorer", definition, f"It is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise invalid("serialized_scorer", definition, "It is not a JSON object")
    if _holds_code(parsed):
        msg = (
            "A scorer that is made of a function is not kept here: whoever loads it would run "
            "that code. Register a judge, or keep the function with the program."
        )
        raise InvalidParameterError(msg, field="serialized_scorer")


def _holds_code(definition: Any) -> bool:
    """Tell whether there is code anywhere, however deep; not by recursion, which has an end."""
    level = [definition]
    while level:
        if any(isinstance(one, dict) and one.get(_CODE) is not None for one in level):
            return True
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, dict | list)
        ]
    return False
