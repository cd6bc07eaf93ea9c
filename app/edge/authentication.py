"""Who calls: a bearer token, Basic with a password or a token, or a browser's session on a page."""

from __future__ import annotations

import base64
import binascii

from flask import g, request

from app.db import Session
from app.edge.services import services
from app.errors import MunimentError, TooManyRequestsError, UnauthenticatedError
from app.identity import Request
from app.identity.authentication import Authenticated, authenticate_token
from app.identity.principals import find_principal

_MAX_HEADER = 4096
_MAX_AGENT = 300
_PATIENCE = 10
"""Seconds after which programs may well try again by themselves."""
_NO_CREDENTIAL = "Sign in: send a token as Authorization: Bearer, or Basic with user and password"
_BAD_CREDENTIAL = "The credential is unknown, expired, revoked or disabled"


def authenticate(session: Session, now: int) -> Authenticated:
    """Return who calls, by the Authorization header.

    Raises UnauthenticatedError, with the same words for every credential that is not good and with
    others for a throttled sign-in, and TooManyRequestsError for one to be tried again at once.
    """
    header = request.headers.get("Authorization", "")
    scheme, _, credential = header.partition(" ")
    kind, credential = scheme.lower(), credential.strip()
    if not credential or kind not in {"bearer", "basic"}:
        raise UnauthenticatedError(_NO_CREDENTIAL)
    if len(header) > _MAX_HEADER:
        return _known(None)
    if kind == "bearer":
        return _known(authenticate_token(session, credential, now))
    name, password = _decode_basic(credential)
    try:
        return verify_password(session, name, password, now)
    except TooManyRequestsError as error:
        if error.retry_after <= _PATIENCE:
            raise
        # MLflow's client sleeps for as long as a 429 tells it to, without a word to anybody.
        raise UnauthenticatedError(error.message) from error


def verify_password(session: Session, name: str, password: str, now: int) -> Authenticated:
    """Return who a name and a password, or a token in its place, belong to.

    Raises UnauthenticatedError or TooManyRequestsError.
    """
    address = request.remote_addr or ""
    try:
        found = services().passwords.verify(session, name, password, address=address, now=now)
    except TooManyRequestsError:
        services().refusals.record_or_count(current_request(), _claimed(name), "throttled", now)
        raise
    if found is None:
        # Always an event of its own: the throttle bounds the guesses, and no flood hides one.
        services().refusals.record(current_request(), _claimed(name), "bad credential", now)
        raise UnauthenticatedError(_BAD_CREDENTIAL)
    return found


def _known(found: Authenticated | None) -> Authenticated:
    if found is None:
        services().refusals.record_or_count(current_request(), "", "bad credential", g.now)
        raise UnauthenticatedError(_BAD_CREDENTIAL)
    return found


def _claimed(name: str) -> str:
    """Return whom a credential claimed to be.

    What is nobody's name may be a password or a token in the wrong field: it is left out.
    """
    try:
        return find_principal(g.session, name).name
    except MunimentError:
        return ""


def current_request(authenticated: Authenticated | None = None) -> Request:
    """Return what the log keeps of this request."""
    return Request(
        id=g.request_id,
        address=request.remote_addr or "",
        agent=request.headers.get("User-Agent", "")[:_MAX_AGENT],
        token_id=authenticated.token_id if authenticated else None,
        scope=authenticated.scope if authenticated else (),
        token_used_at=authenticated.token_used_at if authenticated else None,
    )


def _decode_basic(credential: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    name, colon, password = decoded.partition(":")
    if not colon:
        _known(None)
    return name, password
