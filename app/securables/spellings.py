"""A name in all its spellings: which of them there are, told by an index that knows of cases."""

from __future__ import annotations

from app.db import Session
from app.db.letters import case_variants
from app.db.statements import Sql
from app.securables.kinds import Kind

_MOST_STEPS = 50
_NEXT = Sql("""
SELECT name FROM securables WHERE kind = :kind AND name >= :name ORDER BY name LIMIT 1""")


def find_spellings(session: Session, kind: Kind, text: str) -> list[str] | None:
    """Return the names of a kind that are the text, in any case; of the living and others.

    None if that would take many steps: each goes from a name to the next spelling behind it.
    """
    letters = [sorted(case_variants(character)) for character in text]
    found: list[str] = []
    sought: str | None = "".join(variants[0] for variants in letters)
    for _ in range(_MOST_STEPS):
        name = _NEXT.run(session, kind=kind.value, name=sought).scalar()
        if name is None:
            return found
        if _is_spelling(name, letters):
            found.append(name)
        sought = _next_spelling(name, letters)
        if sought is None:
            return found
    return None


def _is_spelling(name: str, letters: list[list[str]]) -> bool:
    return len(name) == len(letters) and all(
        character in variants for character, variants in zip(name, letters, strict=True)
    )


def _next_spelling(name: str, letters: list[list[str]]) -> str | None:
    """Return the first spelling behind a name, in the order of code points."""
    behind = None
    for place, variants in enumerate(letters):
        reached = name[place] if place < len(name) else ""
        larger = [letter for letter in variants if letter > reached]
        if larger:
            rest = "".join(others[0] for others in letters[place + 1 :])
            behind = name[:place] + larger[0] + rest
        if reached not in variants:
            break
    return behind
