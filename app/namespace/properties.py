"""Properties of catalogs and schemas: text that Unity Catalog's clients keep there."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from app.errors import InvalidParameterError
from app.identity import Caller
from app.namespace.tables import properties
from app.securables import Securable

_MAX_COUNT = 200
_MAX_NAME = 250
_MAX_VALUE = 5000


def properties_of(caller: Caller, securable: Securable) -> dict[str, str]:
    """Return the properties of a catalog or schema in hand, by name."""
    rows = caller.session.execute(
        select(properties.c.property_name, properties.c.value)
        .where(properties.c.securable_id == securable.id)
        .order_by(properties.c.property_name)
    )
    return {row.property_name: row.value for row in rows}


def replace_properties(caller: Caller, securable: Securable, new: Mapping[str, str]) -> None:
    """Replace the properties as a whole, as Unity Catalog's PATCH does.

    Raises InvalidParameterError for more than 200 of them, or too long a name or value.
    """
    if len(new) > _MAX_COUNT or any(
        not name or len(name) > _MAX_NAME or len(value) > _MAX_VALUE or "\0" in name + value
        for name, value in new.items()
    ):
        msg = (
            f"Invalid value for properties: at most {_MAX_COUNT}, with names of 1 to {_MAX_NAME} "
            f"and values of up to {_MAX_VALUE} characters"
        )
        raise InvalidParameterError(msg, field="properties")
    caller.session.execute(delete(properties).where(properties.c.securable_id == securable.id))
    rows = [
        {"securable_id": securable.id, "property_name": name, "value": value}
        for name, value in new.items()
    ]
    if rows:
        caller.session.execute(insert(properties), rows)
