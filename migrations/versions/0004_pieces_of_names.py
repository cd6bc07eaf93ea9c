"""Names are found by any part of them.

Revision 0004, after 0003.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LENGTH = 8
_NAMES_AT_ONCE = 500


def upgrade() -> None:
    """Make the index of names by their pieces, and put into it what there is."""
    pieces = op.create_table(
        "securable_name_pieces",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("piece", _text(_LENGTH), nullable=False),
        sa.Column("securable_id", _text(32), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "piece", "securable_id", name=op.f("pk_securable_name_pieces")
        ),
        comment="What stands from each character of a name on, without regard to case",
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    for names in _names(connection):
        rows = [
            {"kind": kind, "piece": piece, "securable_id": id_}
            for id_, kind, name in names
            for piece in sorted(_pieces(name))
        ]
        connection.execute(sa.insert(pieces), rows)


def _names(connection: sa.Connection) -> Iterator[list[tuple[str, str, str]]]:
    columns = ("id", "kind", "name", "deleted_at", "deletion_id")
    row = sa.table("securables", *map(sa.column, columns)).c
    is_there = sa.or_(row.deleted_at.is_(None), row.deletion_id.is_not(None))
    found = (
        sa.select(row.id, row.kind, row.name)
        .where(row.kind != "metastore", is_there)
        .order_by(row.id)
        .limit(_NAMES_AT_ONCE)
    )
    last = ""
    while names := [tuple(one) for one in connection.execute(found.where(row.id > last))]:
        yield names
        last = names[-1][0]


def _pieces(name: str) -> set[str]:
    folded = "".join(map(_fold, name))
    return {folded[start : start + _LENGTH] for start in range(len(folded))}


def _fold(character: str) -> str:
    for folded in (character.upper().lower(), character.lower()):
        if len(folded) == 1:
            return folded
    return character


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.VARCHAR(length, collation="C"), "postgresql")
