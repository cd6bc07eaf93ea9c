"""The words of MLflow's filter language: bounded text in, tokens out, in linear time.

The quoting is that of the tokenizer in MLflow's own server: a doubled quote or one after a
backslash does not end a string, and both stay in the value as they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import NoReturn

from app.errors import InvalidParameterError

MAX_LENGTH = 100_000
"""Characters of a filter or of one order_by term."""

_MAX_QUOTED = 100
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_QUOTED_KEY = r"""`(?:``|[^`])*`|"(?:""|\\"|[^"])*\""""
_PART = re.compile(rf"\w++|{_QUOTED_KEY}")
_TOKEN = re.compile(
    rf"""
      (?P<SPACE>\s++)
    | (?P<NUMBER>-?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+(?!\w))
    | (?P<STRING>'(?:''|\\'|[^'])*')
    | (?P<NAME>(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*)
    | (?P<COMPARATOR>[<>=!~]++)
    | (?P<MARK>[(),;])
    """,
    re.VERBOSE,
)


class Kind(Enum):
    """What a token is, by its looks alone: a keyword is a NAME, and so is a double-quoted value."""

    NUMBER = auto()
    STRING = auto()
    NAME = auto()
    COMPARATOR = auto()
    MARK = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of the text that means one thing."""

    kind: Kind
    text: str

    @property
    def word(self) -> str:
        """The text in upper case, to be compared with keywords and marks."""
        return self.text.upper()

    @property
    def parts(self) -> list[str]:
        """What the dots of a NAME separate, quotes included."""
        return _PART.findall(self.text)

    @property
    def string(self) -> str | None:
        """The value between single or double quotes, or None if it is no string."""
        if self.kind is Kind.STRING:
            return self.text[1:-1]
        if self.kind is Kind.NAME and self.text[0] == '"' and len(self.parts) == 1:
            return self.text[1:-1]
        return None


def tokenize(text: str, field: str) -> list[Token]:
    """Return the tokens, closed by one END.

    Raises InvalidParameterError for what ``check_text`` refuses and for a character that begins
    no token.
    """
    check_text(text, field)
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            refuse(field, f"Invalid clause(s) in {field} string: {quoted(text[position:])}")
        position = match.end()
        if match.lastgroup not in {None, "SPACE"}:
            tokens.append(Token(Kind[str(match.lastgroup)], match.group()))
    return [*tokens, Token(Kind.END, "")]


def check_text(text: str, field: str) -> None:
    """Raise InvalidParameterError for text too long, with a NUL, or with half a surrogate pair."""
    if len(text) > MAX_LENGTH:
        refuse(field, f"It has {len(text)} characters, at most {MAX_LENGTH} are allowed")
    if _NOT_STORABLE.search(text):
        refuse(field, "It contains a character that is not text")


def refuse(field: str, reason: str) -> NoReturn:
    """Raise InvalidParameterError for the request's ``field``."""
    raise InvalidParameterError(f"Invalid {field}. {reason}", field=field)


def quoted(text: str) -> str:
    """Return the text for a message: in quotes, and short."""
    return f"'{text}'" if len(text) <= _MAX_QUOTED else f"'{text[:_MAX_QUOTED]}…'"
