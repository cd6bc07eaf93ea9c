"""Our errors as HTTP: a status each, and the JSON body of doors that have no form of their own."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import psycopg
from flask import Flask, Response, g, jsonify
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from app import errors
from app.edge.headers import ALWAYS, UNLESS_SAID
from app.edge.marks import is_scripted

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)

_STATUS: dict[type[errors.MunimentError], int] = {
    errors.InvalidParameterError: 400,
    errors.RangeNotSatisfiableError: 416,
    errors.IncompleteUploadError: 400,
    errors.UnauthenticatedError: 401,
    errors.PermissionDeniedError: 403,
    errors.NotFoundError: 404,
    errors.AlreadyExistsError: 409,
    errors.ConflictError: 409,
    errors.LengthRequiredError: 411,
    errors.TooLargeError: 413,
    errors.TooManyRequestsError: 429,
    errors.IntegrityError: 500,
    errors.UnsupportedError: 501,
    errors.UnavailableError: 503,
}


# From SQLAlchemy, and from the drivers where a statement went past it.
_DATABASE_DOWN = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.TimeoutError,
    sqlite3.OperationalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
_FAILURES = (errors.IntegrityError, errors.UnavailableError)
# Read, and deleted by another before it was written to: the next attempt finds it gone.
_GONE_MEANWHILE = psycopg.errors.ForeignKeyViolation
_BAD_VALUE = (exc.DataError, psycopg.DataError)
_TAKES_TOO_LONG = "This takes the database longer than it may: ask for less, or more precisely"


def status_of(error: errors.MunimentError) -> int:
    """Return the HTTP status of one of our errors."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


def translate(error: Exception) -> errors.MunimentError | None:
    """Return our error for one of the database's that a caller can cause or wait out."""
    if isinstance(error, errors.MunimentError):
        return error
    if isinstance(error, _BAD_VALUE):
        return errors.InvalidParameterError("A value is out of range or holds a NUL character")
    if _was_ended(error):
        # It would take as long again: nothing that a client should try once more by itself.
        return errors.InvalidParameterError(_TAKES_TOO_LONG)
    return _passing(error)


def _passing(error: Exception) -> errors.UnavailableError | None:
    if isinstance(error, exc.IntegrityError) and isinstance(error.orig, _GONE_MEANWHILE):
        return errors.UnavailableError("What this belongs to was just deleted; try again")
    if isinstance(error, _DATABASE_DOWN):
        return errors.UnavailableError("The database does not answer; try again")
    return None


def _was_ended(error: Exception) -> bool:
    """Tell whether a statement took more than its time."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    is_interrupted = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
    return is_interrupted or isinstance(cause, psycopg.errors.QueryCanceled)


def error_headers(error: errors.MunimentError) -> dict[str, str]:
    """Return the headers that belong to an error."""
    if isinstance(error, errors.UnauthenticatedError):
        # To a script's request, Basic would open the browser's own window for a password.
        return {"WWW-Authenticate": "Bearer" if is_scripted() else 'Basic realm="muniment"'}
    if isinstance(error, errors.TooManyRequestsError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, errors.UnavailableError):
        return {"Retry-After": "1"}
    return {}


def report(error: Exception) -> errors.MunimentError:
    """Return what to tell of an error; the server's own failures are logged with their cause."""
    g.error = error
    known = translate(error)
    if known is None or isinstance(known, _FAILURES) or type(known) is errors.MunimentError:
        _log.error(
            "Unexpected error" if known is None else known.message,
            exc_info=error,
            extra={"request_id": g.get("request_id", "")},
        )
    return known or errors.MunimentError("Internal error; the log has it under the request id")


def install(app: Flask) -> None:
    """Answer errors of ``app`` as JSON wherever no protocol has its own form."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, _any_error)
    app.wsgi_app = _LastResort(app.wsgi_app)  # type: ignore[method-assign]


class _LastResort:
    """Answers where even the telling of an error failed, such as the page that shows it."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._inner(environ, start_response)
        except Exception as error:  # noqa: BLE001 (there is nobody left to catch it)
            _log.error("An error could not be told", exc_info=error)
            body = b'{"error_code":"INTERNAL_ERROR","message":"Internal error"}'
            told = {**ALWAYS, **UNLESS_SAID}
            answer = Response(body, status=500, headers=told, mimetype="application/json")
            return answer(environ, start_response)


def http_error(error: HTTPException) -> Response:
    """Return what Flask refuses as JSON."""
    code = (error.name or "Error").upper().replace(" ", "_")
    body = {"error_code": code, "message": error.description or ""}
    response = jsonify(body)
    response.status_code = error.code or 500
    for name, value in error.get_headers():
        if name.lower() in {"allow", "location"}:
            response.headers[name] = value
    return response


def _any_error(error: Exception) -> Response:
    known = report(error)
    body: dict[str, Any] = {"error_code": error_code(known), "message": known.message}
    if known.field:
        body["field"] = known.field
    response = jsonify(body)
    response.status_code = status_of(known)
    response.headers.update(error_headers(known))
    return response


def error_code(error: errors.MunimentError) -> str:
    """Return the name of an error on the wire: its class's, in capitals."""
    name = type(error).__name__.removesuffix("Error")
    if name == "Muniment":
        return "INTERNAL_ERROR"
    return "".join("_" + char if char.isupper() else char for char in name).lstrip("_").upper()
