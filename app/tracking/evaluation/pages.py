"""Tokens of pages that walk what belongs to one thing by its integer keys."""

from __future__ import annotations

from app.db import decode_token, encode_token
from app.tracking.keyset import bad_token

BEYOND_ALL = 1 << 62
"""Greater than any integer key: where a page begins that goes down."""


def token_after(owner_id: str, pk: int) -> str:
    """Return the token that stands after a row of what belongs to an owner."""
    return encode_token(owner_id, pk)


def read_token(token: str, owner_id: str, start: int) -> int:
    """Return after which key to go on; ``start`` without a token.

    Raises InvalidParameterError for a token of another owner, or none of ours.
    """
    position = decode_token(token, 2)
    if position is None:
        return start
    asked, pk = position
    if asked != owner_id or type(pk) is not int:
        raise bad_token()
    return pk
