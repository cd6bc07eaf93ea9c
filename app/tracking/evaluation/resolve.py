"""From an id to what is part of an experiment that the caller was allowed to have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Row

from app.access import Operation
from app.db.statements import Sql
from app.errors import InvalidParameterError, NotFoundError
from app.identity import Caller
from app.tracking.resolve import ExperimentRef, begin_for, obtain_by_id

_ID = re.compile(r"[A-Za-z0-9_\-]{1,50}")
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an experiment that the caller was allowed to have, with its row."""

    experiment: ExperimentRef
    row: Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class PartKind:
    """A kind of parts: its noun, the field that names one, and how one is found.

    ``find`` selects by ``:id`` a row with ``experiment_number`` and ``securable_id``; ``hold``, for
    parts that are changed, selects the same and keeps others from changing it meanwhile.
    """

    noun: str
    field: str
    find: Sql
    hold: Sql | None = None

    @classmethod
    def of(cls, noun: str, field: str, find: str, held: str) -> Self:
        """Return a kind of parts with rows of their own, in the table ``held`` of the statement."""
        return cls(noun, field, Sql(find), Sql(find, held=held))

    def not_found(self, part_id: str) -> NotFoundError:
        """Return the one error for what is absent or hidden."""
        msg = f"{self.noun} with ID '{part_id[:_SHOWN]}' not found."
        return NotFoundError(msg, field=self.field)

    def obtain(
        self, caller: Caller, operation: Operation, part_id: str, *, active: bool = False
    ) -> Part:
        """Resolve a part, authorize on its experiment, and record; hold what is to be changed.

        Raises NotFoundError if it is absent or its experiment hidden, PermissionDeniedError, and
        InvalidParameterError with ``active`` for one whose experiment is in the trash.
        """
        error = self.not_found(part_id)
        begin_for(caller, operation)
        is_id = _ID.fullmatch(part_id) is not None
        row = self.find.run(caller.session, id=part_id).first() if is_id else None
        asked = f"{self.field.removesuffix('_id')}:{part_id[:_SHOWN]}"
        found = row.securable_id if row else None
        part = (self.field, part_id)
        securable = obtain_by_id(caller, operation, found, asked, error, part)
        if row is None:
            raise error
        if active and securable.deleted_at is not None:
            msg = f"The experiment of '{part_id}' must be in the 'active' state."
            raise InvalidParameterError(msg, field=self.field)
        experiment = ExperimentRef(row.experiment_number, securable)
        if self.hold is None or not caller.session.in_transaction:
            return Part(experiment, row)
        held = self.hold.run(caller.session, id=part_id).first()
        if held is None:  # It was deleted since it was looked up.
            raise error
        return Part(experiment, held)
