"""The names of principals: one spelling for all that look alike, made here and nowhere else."""

from __future__ import annotations

import unicodedata

from app.errors import InvalidParameterError

MAX_NAME = 255


def canonical_name(text: str, *, field: str = "name") -> str:
    """Return the one spelling of a principal's name: NFKC, case folded, trimmed.

    Raises InvalidParameterError if it is empty, longer than 255 characters, or holds a control,
    formatting or unassigned character or an unpaired surrogate.
    """
    if len(text) > MAX_NAME:
        msg = f"Invalid value for {field}: Name cannot be longer than {MAX_NAME} characters"
        raise InvalidParameterError(msg, field=field)
    name = _fold(_fold(text))
    if not name:
        msg = f"Invalid value for {field}: Name cannot be empty"
    elif len(name) > MAX_NAME:
        msg = f"Invalid value for {field}: Name cannot be longer than {MAX_NAME} characters"
    elif any(_is_invisible(character) for character in name):
        msg = f"Invalid value for {field}: Name cannot contain control characters"
    else:
        return name
    raise InvalidParameterError(msg, field=field)


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in {"Zl", "Zp"}


def _fold(text: str) -> str:
    # Folding can undo the normal form, as of U+0345, and the normal form can bring capitals back,
    # as of U+2102. Done twice, which is enough for every character of Unicode.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.strip()
