"""Names by any part of them: an index of the pieces that stand from each of their characters on.

A text that is somewhere in a name begins one of its pieces, as far as a piece is long, and pieces
that begin alike stand together. Letters are folded, so that what is found has yet to be compared;
and it is found for everybody, so that it may only narrow what ``app.access`` calls visible.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.db import Session
from app.db.finds import Finder, Lead, find_common
from app.db.letters import end_of, fold
from app.db.statements import Insert, Sql
from app.securables.kinds import LEAVES, Kind
from app.securables.names import SecurableId
from app.securables.tables import PIECE_LENGTH

_MOST_TRIED = 4
_ABOVE = {Kind.SCHEMA: (Kind.CATALOG,)} | dict.fromkeys(LEAVES, (Kind.CATALOG, Kind.SCHEMA))
_INSERT = Insert(
    "securable_name_pieces",
    {"kind": "varchar", "piece": "varchar", "securable_id": "varchar"},
    "ON CONFLICT DO NOTHING",
)
_DELETE = Sql("""
DELETE FROM securable_name_pieces
WHERE kind = :kind AND piece IN_LIST(:pieces) AND securable_id = :id""")
_WITH_PIECE = Finder("""
SELECT securable_id FROM securable_name_pieces
WHERE kind = :kind AND piece >= :piece AND piece < :end""")


def pieces_of(name: str) -> set[str]:
    """Return what stands from each character of a name on, in the form in which it is kept."""
    folded = fold(name)
    return {folded[start : start + PIECE_LENGTH] for start in range(len(folded))}


def add_pieces(session: Session, kind: Kind, id_: SecurableId, name: str) -> None:
    """Have a securable found by what is in its name."""
    _INSERT.run(session, [(kind.value, piece, id_) for piece in sorted(pieces_of(name))])


def remove_pieces(session: Session, kind: Kind, id_: SecurableId, name: str) -> None:
    """Have a securable no longer found by a name; to be followed by those of the next one."""
    _DELETE.run(session, kind=kind.value, pieces=sorted(pieces_of(name)), id=id_)


def leads_by_text(kind: Kind, texts: Iterable[str]) -> list[Lead]:
    """Return what leads to all of a kind whose names have each of the texts in them, in any case.

    It may lead to others too. They may be hidden from who asks, or in the trash.
    """
    return [
        _WITH_PIECE.asking(kind=kind.value, piece=piece, end=end_of(piece))
        for piece in _sought(texts)
    ]


def leads_by_dotted_text(session: Session, kind: Kind, texts: Iterable[str]) -> list[Lead]:
    """Return what ``leads_by_text`` does, where the texts are in ``catalog.schema.name``.

    A part that a catalog or schema may have in its name leads to nothing.
    """
    above = _ABOVE.get(kind, ())
    parts = sorted((part for text in texts for part in text.split(".")), key=len, reverse=True)
    of_leaves = [
        part
        for part in parts[:_MOST_TRIED]
        if all(find_by_text(session, container, [part]) == [] for container in above)
    ]
    return leads_by_text(kind, of_leaves)


def find_by_text(session: Session, kind: Kind, texts: Iterable[str]) -> list[SecurableId] | None:
    """Return what ``leads_by_text`` leads to, or None if that is not known to be little."""
    return find_common(session, leads_by_text(kind, texts))


def find_by_dotted_text(
    session: Session, kind: Kind, texts: Iterable[str]
) -> list[SecurableId] | None:
    """Return what ``leads_by_dotted_text`` leads to, or None if that is not known to be little."""
    return find_common(session, leads_by_dotted_text(session, kind, texts))


def _sought(texts: Iterable[str]) -> list[str]:
    """Return some beginnings of pieces that names with the texts have, the longest first."""
    found: dict[str, None] = {}
    for text in map(fold, texts):
        last = max(len(text) - PIECE_LENGTH, 0)
        for start in (*range(0, last, PIECE_LENGTH), last):
            found[text[start : start + PIECE_LENGTH]] = None
    usable = [piece for piece in found if end_of(piece) is not None]
    return sorted(usable, key=len, reverse=True)[:_MOST_TRIED]
