"""JSON as Python's ``json`` writes it: with NaN and the infinities, which JSON has not."""

from __future__ import annotations

import re

_STRING_OR_NO_NUMBER = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|-?(?:NaN|Infinity)', re.DOTALL)


def null_no_numbers(text: str) -> str:
    """Return the text with null for what is no number, as in the JSON that pandas writes.

    What a table of pandas lacks is NaN in Python's, and nothing more is meant by it.
    """
    if "NaN" not in text and "Infinity" not in text:
        return text
    return _STRING_OR_NO_NUMBER.sub(lambda found: _or_null(found.group()), text)


def _or_null(found: str) -> str:
    return found if found.startswith('"') else "null"
