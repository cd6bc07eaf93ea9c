"""What stays out of an answer: names of models that the reader does not see, texts of prompts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from app import access
from app.access import Operation
from app.db.finds import among
from app.identity import Caller
from app.registry.tables import model_versions
from app.securables import Kind
from app.securables.tables import securables

_KIND = Kind.REGISTERED_MODEL
_FEW = 10


def hidden_sources(
    caller: Caller, rows: Sequence[Row[Any]], seeing: ColumnElement[bool] | None
) -> set[str]:
    """Return the ids of models that copies were made from and that the caller does not see.

    ``seeing`` is the condition of a list; without one, each model is looked at by itself.
    """
    wanted = sorted({row.source_model_id for row in rows if row.source_model_id})
    if seeing is None:
        return _refused(caller, Operation.REGISTERED_MODEL_READ, wanted)
    return _unseen(caller, wanted, seeing)


def unreadable_models(caller: Caller, model_ids: Iterable[str]) -> set[str]:
    """Return those of the models whose content the caller may not read: it lacks EXECUTE."""
    wanted = sorted(set(model_ids))
    if len(wanted) <= _FEW:
        return _refused(caller, Operation.MODEL_VERSION_LOAD, wanted)
    return _unseen(caller, wanted, _readable(caller))


def of_readable_model(caller: Caller) -> ColumnElement[bool]:
    """Return the condition that a version's content may be read, for a search in contents."""
    models = select(securables.c.id).where(_readable(caller)).correlate(None)
    return model_versions.c.model_id.in_(models)


def fetch_seen(caller: Caller, model_ids: Sequence[str], seeing: ColumnElement[bool]) -> set[str]:
    """Return those of some models that fulfil the condition of a list."""
    wanted = among(securables.c.id, model_ids)
    found = select(securables.c.id).where(wanted, seeing)
    return set(caller.session.execute(found).scalars()) if model_ids else set()


def _readable(caller: Caller) -> ColumnElement[bool]:
    # No decision of its own: it narrows a list that is decided and recorded.
    return access.visible_beside(caller, Operation.MODEL_VERSION_LOAD, _KIND)


def _unseen(caller: Caller, wanted: Sequence[str], seeing: ColumnElement[bool]) -> set[str]:
    return set(wanted) - fetch_seen(caller, wanted, seeing)


def _refused(caller: Caller, operation: Operation, model_ids: Sequence[str]) -> set[str]:
    return {one for one in model_ids if not access.may(caller, operation, one, kind=_KIND)}
