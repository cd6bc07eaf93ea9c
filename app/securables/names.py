"""Full names: parsed once here, and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType, Self

from typing_extensions import override

from app.errors import InvalidParameterError

SecurableId = NewType("SecurableId", str)

_PLAIN = re.compile(r"[A-Za-z0-9_@-]+")
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LEVELS = 3
MAX_NAME = 255
MAX_SHORT_NAME = 500
MAX_COMMENT = 10_000


@dataclass(frozen=True, slots=True)
class FullName:
    """A place in the namespace: of no part the metastore, of one a catalog, then schema, object."""

    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, *parts: str) -> Self:
        """Return the name made of parts that are already apart."""
        return cls(parts)

    @classmethod
    def parse(cls, text: str, *, levels: int | None = None, field: str = "name") -> Self:
        """Read ``catalog[.schema[.object]]``; a part in backticks may hold dots.

        Raises InvalidParameterError for empty parts, more than three of them, control characters,
        or another number of parts than ``levels``.
        """
        parts = split_name(text)
        if parts is None or len(parts) > _LEVELS:
            msg = f"Invalid value for {field}: {text[:80]!r} is not catalog.schema.object"
            raise InvalidParameterError(msg, field=field)
        if levels is not None and len(parts) != levels:
            wanted = ".".join(("catalog", "schema", "object")[:levels])
            msg = f"Invalid value for {field}: {text[:80]!r} is not of the form {wanted}"
            raise InvalidParameterError(msg, field=field)
        return cls(parts)

    @property
    def leaf(self) -> str:
        """The last part, or the empty string for the metastore."""
        return self.parts[-1] if self.parts else ""

    @property
    def parent(self) -> FullName:
        """The name one level up."""
        return FullName(self.parts[:-1])

    def child(self, name: str) -> FullName:
        """Return the name one level down."""
        return FullName((*self.parts, name))

    @override
    def __str__(self) -> str:
        return ".".join(map(quote_part, self.parts))


def split_name(text: str) -> tuple[str, ...] | None:
    """Return the parts of a dotted name, or None if it is not one."""
    parts: list[str] = []
    position = 0
    while True:
        match = _PART.match(text, position)
        if match is None:
            return None
        parts.append(match[1].replace("``", "`") if match[1] else match[2])
        position = match.end()
        if position == len(text):
            return None if any(_CONTROL.search(part) for part in parts) else tuple(parts)
        if text[position] != ".":
            return None
        position += 1


def quote_part(part: str) -> str:
    """Return a part as it stands in a full name: in backticks unless it is plain."""
    return part if _PLAIN.fullmatch(part) else "`" + part.replace("`", "``") + "`"


def check_name(name: str, *, field: str = "name") -> str:
    """Return a name fit for a new catalog, schema or object: such as Unity Catalog admits unquoted.

    Raises InvalidParameterError if it is empty, longer than 255 characters, or holds anything but
    ASCII letters, digits, ``_``, ``@`` and ``-``.
    """
    if not name:
        msg = f"Invalid value for {field}: Name cannot be empty"
    elif len(name) > MAX_NAME:
        msg = f"Invalid value for {field}: Name cannot be longer than {MAX_NAME} characters"
    elif not _PLAIN.fullmatch(name):
        msg = (
            f"Invalid value for {field}: Name cannot contain a period, space, forward-slash, or "
            f"control characters; letters, digits, _, @ and - are fine"
        )
    else:
        return name
    raise InvalidParameterError(msg, field=field)


def check_short_name(name: str, *, field: str = "name") -> str:
    """Return an MLflow name fit for a home schema: any text without control characters.

    Raises InvalidParameterError if it is blank, longer than 500 characters, or holds a control
    character or an unpaired surrogate.
    """
    if not name or not name.strip():
        msg = f"Invalid value for {field}: Name cannot be empty"
    elif len(name) > MAX_SHORT_NAME:
        msg = f"Invalid value for {field}: Name cannot be longer than {MAX_SHORT_NAME} characters"
    elif _UNPRINTABLE.search(name):
        msg = f"Invalid value for {field}: Name cannot contain control characters"
    else:
        return name
    raise InvalidParameterError(msg, field=field)


def check_comment(comment: str) -> str:
    """Return a comment fit to be kept.

    Raises InvalidParameterError if it is longer than 10,000 characters or holds NUL.
    """
    if len(comment) > MAX_COMMENT or "\0" in comment:
        msg = f"Invalid value for comment: at most {MAX_COMMENT} characters, no NUL"
        raise InvalidParameterError(msg, field="comment")
    return comment
