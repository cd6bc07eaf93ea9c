"""Rows of bearer tokens. Of the secret only the hash is kept, and a hint to tell tokens apart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert

from app.crypto.tokens import hash_secret, is_secret
from app.db import Session
from app.db.metadata import new_id
from app.identity.caller import Principal
from app.identity.tables import tokens

_HINT = 8


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be: whose, with which secret, for what and until when (ms since 1970 UTC)."""

    principal: Principal
    secret: str
    name: str = ""
    scope: tuple[str, ...] = ("*",)
    expires_at: int | None = None


def insert_token(session: Session, new: NewToken, *, now: int, created_by: str | None) -> str:
    """Insert a token and return its id."""
    token_id = new_id()
    row = {
        "id": token_id,
        "principal_id": new.principal.id,
        "name": new.name,
        "secret_hash": hash_secret(new.secret),
        # One that was not made by us may be short: nothing of it is shown.
        "hint": new.secret[:_HINT] if is_secret(new.secret) else "",
        "scope": " ".join(new.scope),
        "created_at": now,
        "created_by": created_by,
        "expires_at": new.expires_at,
    }
    session.execute(insert(tokens), row)
    return token_id
