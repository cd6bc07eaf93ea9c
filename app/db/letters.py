"""Letters without regard to case, one by one, so that a text keeps its length; and their order."""

from __future__ import annotations

import sys

_SURROGATES = range(0xD800, 0xE000)


def fold(text: str) -> str:
    """Return the text with each character as one that stands for it in any case.

    A character whose other cases are several each, such as ß, stands for itself.
    """
    return text.lower() if text.isascii() else "".join(map(_fold, text))


def case_variants(character: str) -> list[str]:
    """Return the characters that one matches without regard to case; all of them fold alike."""
    folded = _fold(character)
    forms = {character, character.lower(), character.upper(), folded, folded.upper()}
    return sorted(form for form in forms if len(form) == 1)


def end_of(beginning: str) -> str | None:
    """Return the first text behind all that begin so, in the order of code points.

    None if nothing is behind them.
    """
    for length in range(len(beginning), 0, -1):
        following = ord(beginning[length - 1]) + 1
        if following in _SURROGATES:
            following = _SURROGATES.stop
        if following <= sys.maxunicode:
            return beginning[: length - 1] + chr(following)
    return None


def _fold(character: str) -> str:
    for folded in (character.upper().lower(), character.lower()):
        if len(folded) == 1:
            return folded
    return character
