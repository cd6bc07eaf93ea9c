"""Our errors in MLflow's form: ``{"error_code", "message"}`` with the status its client expects.

The client retries 408, 429 and 5xx for minutes, so that no lasting refusal carries one of these
(``mlflow/utils/request_utils.py``: _TRANSIENT_FAILURE_RESPONSE_CODES).
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from app import errors
from app.edge.statuses import error_headers, report

_CODES: dict[type[errors.MunimentError], tuple[str, int]] = {
    errors.RangeNotSatisfiableError: ("INVALID_PARAMETER_VALUE", 416),
    errors.InvalidParameterError: ("INVALID_PARAMETER_VALUE", 400),
    errors.IncompleteUploadError: ("BAD_REQUEST", 400),
    errors.UnauthenticatedError: ("UNAUTHENTICATED", 401),
    errors.PermissionDeniedError: ("PERMISSION_DENIED", 403),
    errors.NotFoundError: ("RESOURCE_DOES_NOT_EXIST", 404),
    errors.AlreadyExistsError: ("RESOURCE_ALREADY_EXISTS", 400),
    errors.ConflictError: ("INVALID_PARAMETER_VALUE", 400),
    errors.LengthRequiredError: ("BAD_REQUEST", 411),
    errors.TooLargeError: ("BAD_REQUEST", 413),
    errors.TooManyRequestsError: ("REQUEST_LIMIT_EXCEEDED", 429),
    # Gone as it was written, and not back at the next attempt: MLflow's own 500 is tried again.
    errors.IntegrityError: ("DATA_LOSS", 410),
    errors.UnsupportedError: ("NOT_IMPLEMENTED", 501),
    errors.UnavailableError: ("TEMPORARILY_UNAVAILABLE", 503),
}


def install(blueprint: Blueprint) -> None:
    """Answer every error of a blueprint in MLflow's form."""
    # By its number too: Flask prefers the application's handler of a number to ours of a class.
    blueprint.register_error_handler(404, _http_error)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _any_error)


def code_of(error: errors.MunimentError) -> tuple[str, int]:
    """Return MLflow's error code and the HTTP status of one of our errors."""
    found = (_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)
    return next(found, ("INTERNAL_ERROR", 500))


def _any_error(error: Exception) -> Response:
    known = report(error)
    code, status = code_of(known)
    response = jsonify({"error_code": code, "message": known.message})
    response.status_code = status
    response.headers.update(error_headers(known))
    if isinstance(known, errors.RangeNotSatisfiableError):
        response.headers["Content-Range"] = f"bytes */{known.size}"
    return response


def _http_error(error: HTTPException) -> Response:
    code = {404: "ENDPOINT_NOT_FOUND", 405: "BAD_REQUEST"}.get(error.code or 500, "BAD_REQUEST")
    response = jsonify({"error_code": code, "message": error.description or error.name})
    response.status_code = error.code or 500
    return response
