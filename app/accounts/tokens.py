"""Bearer tokens: made once, shown once, and never wider than the credential that made them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import Select, select, update

from app import access, audit
from app.access import Operation, in_scope, policy
from app.crypto.tokens import new_secret
from app.db import Page, decode_token, encode_token
from app.errors import ConflictError, InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Caller, Principal, PrincipalKind
from app.identity.caller import PrincipalId
from app.identity.principals import find_principal
from app.identity.tables import principals, tokens
from app.identity.tokens import NewToken, insert_token

EVERYTHING = ("*",)
READ = "read"
MAX_PAGE = 1000
_MAX_NAME = 255
_PATTERN = re.compile(r"[a-z_*]+(\.[a-z_*]+)?")


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; ``hint`` is how its secret begins. Times in ms since 1970 UTC."""

    id: str
    principal: Principal
    name: str
    hint: str
    scope: tuple[str, ...]
    created_at: int
    expires_at: int | None
    last_used_at: int | None


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """A token just made; ``secret`` is shown this once and kept nowhere."""

    id: str
    secret: str
    expires_at: int | None


def create_token(
    caller: Caller,
    *,
    principal: str | None = None,
    name: str = "",
    scope: tuple[str, ...] | None = None,
    expires_at: int | None = None,
) -> CreatedToken:
    """Create a token for the caller, or as an administrator for ``principal``.

    ``scope`` holds operations (``run.create``), patterns (``run.*``) or ``read``; left out, it is
    that of the credential in use. A token does not outlive the token that made it, nor one for
    somebody else the right of whoever made it.

    Raises InvalidParameterError for a scope that names nothing or a moment in the past,
    PermissionDeniedError for a scope or life beyond that of the credential in use, ConflictError if
    ``principal`` is a group.
    """
    operation, owner = _owner(caller, principal, expires_at)
    if owner.kind is PrincipalKind.GROUP:
        msg = f"{owner.name!r} is a group: groups do not call"
        raise ConflictError(msg)
    new = NewToken(
        owner,
        new_secret(),
        _check_name(name),
        _check_scope(caller, scope or caller.request.scope),
        _check_expiry(caller, expires_at),
    )
    token_id = insert_token(caller.session, new, now=caller.now, created_by=caller.principal.id)
    audit.record(
        caller,
        operation,
        principal=owner.name,
        token_id=token_id,
        name=name,
        scope=list(new.scope),
        expires_at=new.expires_at,
    )
    return CreatedToken(token_id, new.secret, new.expires_at)


def list_own_tokens(caller: Caller, *, limit: int = 100, page_token: str = "") -> Page[Token]:
    """Return a page of the caller's tokens that are not revoked, the newest first.

    Raises InvalidParameterError for a bad page token.
    """
    access.permit_self(caller, Operation.OWN_TOKEN_READ)
    return _page(caller, caller.principal.id, limit, page_token)


def list_tokens(
    caller: Caller, principal: str | None = None, *, limit: int = 100, page_token: str = ""
) -> Page[Token]:
    """Return a page of everybody's tokens that are not revoked, or of one principal's.

    Raises as ``list_own_tokens``, and PermissionDeniedError.
    """
    access.obtain(caller, Operation.TOKEN_READ, access.METASTORE)
    owner = None if principal is None else find_principal(caller.session, principal).id
    return _page(caller, owner, limit, page_token)


def revoke_token(caller: Caller, token_id: str) -> None:
    """Revoke a token of one's own, or as an administrator anybody's; true for its next request.

    Raises NotFoundError if it is absent, revoked already, or somebody else's.
    """
    found = _fetch(caller, _LIVING.where(tokens.c.id == token_id))
    is_own = bool(found) and found[0].principal.id == caller.principal.id
    operation = Operation.OWN_TOKEN_REVOKE if is_own else Operation.TOKEN_REVOKE
    if is_own:
        access.permit_self(caller, operation)
    else:
        _obtain_quietly(caller, operation, token_id)
    if not found:
        raise _absent(token_id)
    revoked = update(tokens).where(tokens.c.id == token_id).values(revoked_at=caller.now)
    caller.session.execute(revoked)
    audit.record(
        caller, operation, principal=found[0].principal.name, token_id=token_id, name=found[0].name
    )


_LIVING = (
    select(tokens, principals.c.kind, principals.c.name.label("principal_name"))
    .join(principals, principals.c.id == tokens.c.principal_id)
    .where(tokens.c.revoked_at.is_(None))
    .order_by(tokens.c.id.desc())
)


def _owner(
    caller: Caller, principal: str | None, expires_at: int | None
) -> tuple[Operation, Principal]:
    if principal is None:
        access.permit_self(caller, Operation.OWN_TOKEN_CREATE)
        return Operation.OWN_TOKEN_CREATE, caller.principal
    metastore = access.obtain(caller, Operation.TOKEN_CREATE, access.METASTORE)
    access.check_tenure(caller, Operation.TOKEN_CREATE, metastore, expires_at)
    return Operation.TOKEN_CREATE, find_principal(caller.session, principal)


def _obtain_quietly(caller: Caller, operation: Operation, token_id: str) -> None:
    """Authorize without telling a stranger whether the token exists."""
    try:
        access.obtain(caller, operation, access.METASTORE)
    except PermissionDeniedError:
        raise _absent(token_id) from None


def _check_name(name: str) -> str:
    if len(name) > _MAX_NAME or not all(character.isprintable() for character in name):
        msg = f"Invalid value for name: at most {_MAX_NAME} characters, all printable"
        raise InvalidParameterError(msg, field="name")
    return name


def _check_expiry(caller: Caller, expires_at: int | None) -> int | None:
    if expires_at is not None and expires_at <= caller.now:
        msg = "Invalid value for expires_at: it is in the past"
        raise InvalidParameterError(msg, field="expires_at")
    if caller.request.token_id is None:
        return expires_at
    in_use = select(tokens.c.expires_at).where(tokens.c.id == caller.request.token_id)
    latest = caller.session.execute(in_use).scalar()
    if latest is None or expires_at is None:
        return expires_at or latest
    if expires_at > latest:
        msg = "A token cannot outlive the token that makes it"
        raise PermissionDeniedError(msg)
    return expires_at


def _check_scope(caller: Caller, scope: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in scope:
        matched = pattern == READ or any(fnmatchcase(name, pattern) for name in Operation)
        if not _PATTERN.fullmatch(pattern) or not matched:
            msg = f"Invalid value for scope: {pattern[:80]!r} is no operation, pattern or {READ!r}"
            raise InvalidParameterError(msg, field="scope")
        if not _is_within(caller, pattern):
            msg = f"The credential in use does not extend to {pattern}"
            raise PermissionDeniedError(msg)
    return tuple(dict.fromkeys(scope))


def _is_within(caller: Caller, pattern: str) -> bool:
    """Tell whether all that a pattern selects, now and in later versions, is in the caller's scope.

    ``*`` is the only wild character, so a pattern that another one matches as a text is within it.
    """
    if {pattern, "*"} & set(caller.request.scope):
        return True
    if pattern == READ:
        return False
    if "*" not in pattern:
        rules = [rule for rule in policy().rules.values() if rule.operation == pattern]
        return all(in_scope(caller, rule) for rule in rules)
    return any(held != READ and fnmatchcase(pattern, held) for held in caller.request.scope)


def _page(caller: Caller, owner: str | None, limit: int, page_token: str) -> Page[Token]:
    limit = max(1, min(limit, MAX_PAGE))
    position = decode_token(page_token, 1)
    wanted = _LIVING.limit(limit + 1)
    if owner is not None:
        wanted = wanted.where(tokens.c.principal_id == owner)
    if position is not None:
        if not isinstance(position[0], str):
            msg = "Invalid value for page_token: it is not a token of this list"
            raise InvalidParameterError(msg, field="page_token")
        wanted = wanted.where(tokens.c.id < position[0])
    found = _fetch(caller, wanted)
    following = encode_token(found[limit - 1].id) if len(found) > limit else ""
    return Page(found[:limit], following)


def _fetch(caller: Caller, wanted: Select[Any]) -> list[Token]:
    return [
        Token(
            id=row.id,
            principal=Principal(
                PrincipalId(row.principal_id), PrincipalKind(row.kind), row.principal_name
            ),
            name=row.name,
            hint=row.hint,
            scope=tuple(row.scope.split()),
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )
        for row in caller.session.execute(wanted)
    ]


def _absent(token_id: str) -> NotFoundError:
    msg = f"Token {token_id[:80]!r} does not exist"
    return NotFoundError(msg)
