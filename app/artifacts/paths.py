"""Paths inside a container: text that is compared and listed, and never given to a file system."""

from __future__ import annotations

import re
import unicodedata

from app.errors import InvalidParameterError

MAX_CHARACTERS = 1000
MAX_BYTES = 2000
MAX_SEGMENT_BYTES = 255

_ESCAPE = re.compile(r"%(?:2e|2f|5c|25)", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DRIVE = re.compile(r"[A-Za-z]:")
_ONLY_DOTS = re.compile(r"[.\s]+")
_FORBIDDEN = frozenset("\\#?;")
# Cc: controls with NUL, Cs: unpaired surrogates, Zl and Zp: line ends that are no control.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normalize_path(text: str, *, field: str = "path") -> str:
    r"""Return the path of a file, ``a/b/c`` in NFC, from text that the door has decoded once.

    Nothing is decoded here, and nothing is repaired: what another system could read as a way out
    of the container, or as another path than we do, is refused.

    Raises InvalidParameterError for an empty path or segment, ``.`` and ``..``, an absolute path,
    a drive or scheme, a backslash, ``#``, ``?``, ``;``, a control or direction character, an escape
    of ``. / \ %`` that is left after decoding, more than 1000 characters, 2000 bytes, or 255
    bytes in a segment.
    """
    if len(text) > MAX_CHARACTERS:
        raise _refusal(field, f"it is longer than {MAX_CHARACTERS} characters")
    if any(unicodedata.category(char) in _FORBIDDEN_CATEGORIES for char in text):
        raise _refusal(field, "it holds a control character")
    # Normalized first: U+037E becomes a semicolon.
    path = unicodedata.normalize("NFC", text)
    if not _FORBIDDEN.isdisjoint(path) or not _BIDI.isdisjoint(path):
        raise _refusal(field, "it holds a character that is read differently elsewhere")
    if _ESCAPE.search(path):
        raise _refusal(field, "it holds an escape of a dot, slash, backslash or percent sign")
    if _SCHEME.match(path):
        raise _refusal(field, "it begins like a drive or an address")
    if len(path.encode()) > MAX_BYTES:
        raise _refusal(field, f"it is longer than {MAX_BYTES} bytes")
    for segment in path.split("/"):
        _check_segment(segment, field)
    return path


def normalize_directory(text: str, *, field: str = "path") -> str:
    """Return the path of a folder; empty for the top, and one slash at the end is no matter.

    Raises InvalidParameterError as ``normalize_path``.
    """
    return normalize_path(text.removesuffix("/"), field=field) if text else ""


def split_path(path: str) -> tuple[str, str]:
    """Return the folder and the name of a normalized path."""
    parent, _, name = path.rpartition("/")
    return parent, name


def _check_segment(segment: str, field: str) -> None:
    if not segment:
        raise _refusal(field, "it begins or ends with a slash, or holds two in a row")
    # "..." and ".. " are ways up for some systems.
    if _ONLY_DOTS.fullmatch(segment):
        raise _refusal(field, "one of its parts is made of dots or spaces only")
    if _DRIVE.match(segment):
        raise _refusal(field, "one of its parts begins like a drive")
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        raise _refusal(field, f"one of its parts is longer than {MAX_SEGMENT_BYTES} bytes")


def _refusal(field: str, why: str) -> InvalidParameterError:
    return InvalidParameterError(f"Invalid value for {field}: {why}", field=field)
