"""Set and change passwords. A change ends the account's browser sessions, everywhere at once."""

from __future__ import annotations

from app import access, audit
from app.access import Operation
from app.errors import ConflictError, InvalidParameterError
from app.identity import Caller, PasswordVerifier, PrincipalKind
from app.identity.browser_sessions import delete_browser_sessions_of
from app.identity.passwords import set_password_hash
from app.identity.principals import find_principal


def set_password(caller: Caller, passwords: PasswordVerifier, user: str, password: str) -> None:
    """Give a user a password, for administrators. Call it first in a request.

    Raises InvalidParameterError for a weak one, ConflictError if the principal is not a user,
    PermissionDeniedError to whoever does not administer for good: the password would outlast that.
    """
    # Hashed before the transaction opens, which on SQLite nobody else can write in; and only for
    # who may, since a hash is dear.
    password_hash = ""
    if access.may(caller, Operation.PRINCIPAL_UPDATE, access.METASTORE):
        name = find_principal(caller.session, user, field="user").name
        password_hash = passwords.hash(password, name)
    set_hashed_password(caller, user, password_hash)


def set_hashed_password(caller: Caller, user: str, password_hash: str) -> None:
    """Give a user the password that ``PasswordVerifier.hash`` has made ``password_hash`` of.

    For who creates the user in the same transaction. Raises as ``set_password``.
    """
    metastore = access.obtain(caller, Operation.PRINCIPAL_UPDATE, access.METASTORE)
    access.check_tenure(caller, Operation.PRINCIPAL_UPDATE, metastore, None)
    principal = find_principal(caller.session, user, field="user")
    if principal.kind is not PrincipalKind.USER:
        msg = f"{principal.name!r} is not a user: only users have passwords"
        raise ConflictError(msg)
    _set(caller, principal.id, password_hash)
    audit.record(caller, Operation.PRINCIPAL_UPDATE, principal=principal.name, password=True)


def change_password(
    caller: Caller, passwords: PasswordVerifier, old_password: str, new_password: str
) -> None:
    """Change the caller's own password, with the old one as proof. Call it first in a request.

    Raises InvalidParameterError if the old one is wrong or the new one weak, TooManyRequestsError
    after too many wrong ones.
    """
    # Both hashes are made before the transaction opens, as above; and a wrong old password has to
    # count even though the request fails.
    proved = passwords.verify(
        caller.session,
        caller.principal.name,
        old_password,
        address=caller.request.address,
        now=caller.now,
    )
    is_proved = proved is not None and proved.token_id is None
    new_hash = passwords.hash(new_password, caller.principal.name, field="new_password")
    access.permit_self(caller, Operation.PASSWORD_CHANGE)
    if not is_proved:
        msg = "Invalid value for old_password: it is not the password of this account"
        raise InvalidParameterError(msg, field="old_password")
    _set(caller, caller.principal.id, new_hash)
    audit.record(caller, Operation.PASSWORD_CHANGE)


def _set(caller: Caller, principal_id: str, password_hash: str) -> None:
    set_password_hash(caller.session, principal_id, password_hash, caller.now)
    delete_browser_sessions_of(caller.session, principal_id)
