"""The first start: a metastore, its administrators, and a workspace to begin in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import insert, select, text

from app.crypto.tokens import new_secret
from app.db import Session
from app.db.metadata import new_id
from app.errors import InvalidParameterError
from app.identity import Caller, PasswordVerifier, Principal, PrincipalKind, Request
from app.identity.membership import add_membership
from app.identity.passwords import set_password_hash
from app.identity.principals import insert_principal, new_principal
from app.identity.tables import principals
from app.identity.tokens import NewToken, insert_token
from app.namespace.working_place import DEFAULT
from app.namespace.workspaces import create_workspace
from app.securables import METASTORE_ID, Kind
from app.securables.tables import securables

ADMIN = "admin"
ADMINS = "admins"
LEAST_TOKEN = 20
_LOCK = 0x6D756E66  # "munf"


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start made; the secrets are in the clear here and nowhere else.

    ``caller`` is the administrator, with the decisions of the first start in its ledger.
    """

    caller: Caller
    name: str
    password: str
    token: str


def first_start(
    session: Session,
    passwords: PasswordVerifier,
    *,
    now: int,
    password: str | None = None,
    token: str | None = None,
) -> FirstStart | None:
    """Make what an empty database needs, or return None if that was done before.

    Safe to call in several processes at once: the first one makes it, in the open transaction, and
    the others wait for its end. Random secrets take the place of those not given.

    Raises InvalidParameterError if the password is too weak or the token too short.
    """
    if _is_started(session):
        return None
    if token is not None and (len(token) < LEAST_TOKEN or not token.isascii()):
        msg = f"A token needs at least {LEAST_TOKEN} ASCII characters"
        raise InvalidParameterError(msg, field="token")
    password = password or secrets.token_urlsafe(24)
    token = token or new_secret()
    # The name is left out: operators may choose one with "admin" in it, and it is theirs to choose.
    password_hash = passwords.hash(password, name="")
    session.begin()
    _lock(session)
    if _is_started(session):
        return None
    caller = _make_administrator(session, now)
    set_password_hash(session, caller.principal.id, password_hash, now)
    new = NewToken(caller.principal, token, name="first start")
    insert_token(session, new, now=now, created_by=None)
    create_workspace(caller, DEFAULT, members=(ADMIN,), comment="Where everybody may begin")
    return FirstStart(caller, ADMIN, password, token)


def _make_administrator(session: Session, now: int) -> Caller:
    admin, admins = (
        insert_principal(session, new_principal(kind, name), now=now, created_by=None)
        for kind, name in ((PrincipalKind.USER, ADMIN), (PrincipalKind.GROUP, ADMINS))
    )
    add_membership(session, admins, admin, now=now, added_by=None)
    session.execute(insert(securables), _metastore(admins, admin, now))
    return Caller(
        principal=admin,
        workspace=None,
        session=session,
        request=Request(id=new_id(), agent="first start"),
        now=now,
        groups=frozenset({admins.id}),
    )


def _metastore(owner: Principal, creator: Principal, now: int) -> dict[str, object]:
    return {
        "id": METASTORE_ID,
        "kind": Kind.METASTORE.value,
        "name": "metastore",
        "owner_id": owner.id,
        "created_at": now,
        "created_by": creator.id,
        "updated_at": now,
        "updated_by": creator.id,
    }


def _is_started(session: Session) -> bool:
    return session.execute(select(principals.c.id).limit(1)).first() is not None


def _lock(session: Session) -> None:
    if not session.is_sqlite:
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
