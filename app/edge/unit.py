"""One request, one unit of work: opened with its Caller, committed with its events, or undone.

Here is the second lock: a success without a recorded decision becomes a 500, and a success whose
events cannot be written never happened.
"""

from __future__ import annotations

import re

from flask import Flask, Response, current_app, g, request

from app.access import Operation
from app.db.metadata import new_id, now_millis
from app.edge.authentication import authenticate, current_request
from app.edge.bodies import check_address, json_limit
from app.edge.browser import (
    SAFE_METHODS,
    authenticate_browser,
    check_origin,
    chosen_workspace,
    note_browser_use,
)
from app.edge.hosts import check_host
from app.edge.marks import is_public, streams, takes_session
from app.edge.services import services
from app.edge.work import abandon, complete
from app.errors import LengthRequiredError, NotFoundError, TooLargeError
from app.identity import Caller, Entry, Outcome, WorkspaceRef
from app.identity.authentication import Authenticated
from app.namespace import resolve_workspace

_REQUEST_ID = re.compile(r"[\w.-]{8,64}", re.ASCII)
_FIRST_ERROR = 400
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"


def install(app: Flask) -> None:
    """Put every request of ``app`` into a unit of work."""
    app.before_request(_open)
    app.after_request(_close)
    app.teardown_request(_drop)


def caller() -> Caller:
    """Return who makes this request."""
    found: Caller = g.caller
    return found


def admit(
    authenticated: Authenticated, *, workspace: str | None = None, workspace_id: str | None = None
) -> Caller:
    """Make the Caller of this request from a proven principal, and keep it for the unit's end.

    Raises NotFoundError if the principal may not work in the workspace that is asked for.
    """
    try:
        chosen = resolve_workspace(g.session, authenticated, workspace, workspace_id=workspace_id)
    except NotFoundError:
        refused = Entry(
            Operation.WORKSPACE_READ, Outcome.HIDDEN, "no member", None, workspace or ""
        )
        _keep(authenticated, None).ledger.add(refused)
        raise
    return _keep(authenticated, chosen)


def _keep(authenticated: Authenticated, workspace: WorkspaceRef | None) -> Caller:
    g.caller = made = Caller(
        principal=authenticated.principal,
        workspace=workspace,
        session=g.session,
        request=current_request(authenticated),
        now=g.now,
        groups=authenticated.groups,
    )
    return made


def _open() -> None:
    offered = request.headers.get("X-Request-ID", "")
    g.request_id = offered if _REQUEST_ID.fullmatch(offered) else new_id()
    g.now = now_millis()
    g.caller = None
    g.session = services().database.session()
    check_host()
    check_address()
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return
    if not streams(view):
        _check_length()
    if is_public(view):
        return
    if request.method not in SAFE_METHODS:
        check_origin()
    workspace = request.headers.get(WORKSPACE_HEADER)
    if takes_session() and "Authorization" not in request.headers:
        admit(authenticate_browser(), workspace=workspace, workspace_id=chosen_workspace())
    else:
        admit(authenticate(g.session, g.now), workspace=workspace)


def _check_length() -> None:
    if "chunked" in request.headers.get("Transfer-Encoding", ""):
        msg = "Announce the length of the body with Content-Length"
        raise LengthRequiredError(msg)
    length = request.content_length
    if length and length > (limit := json_limit()):
        msg = f"The request body is larger than {limit} bytes"
        raise TooLargeError(msg)


def _close(response: Response) -> Response:
    made = g.get("caller")
    if made is not None:
        is_refused = response.status_code >= _FIRST_ERROR or _tells_nothing_else(made)
        response = _undo(made, response, g.get("error")) if is_refused else _finish(made, response)
    response.headers["X-Request-ID"] = g.get("request_id", "")
    return response


def _tells_nothing_else(made: Caller) -> bool:
    """Tell whether an answer is but a refusal, whatever its status: GraphQL's is always 200."""
    return g.get("error") is not None and not made.ledger.has_success


def _finish(made: Caller, response: Response) -> Response:
    try:
        if takes_session():
            note_browser_use(made)
        complete(services(), made)
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer must not go out)
        response.close()
        return _undo(made, _answer(error), error)
    return response


def _undo(made: Caller, response: Response, error: BaseException | None) -> Response:
    """Undo the work; a refusal that the log does not take is not given either."""
    try:
        abandon(services(), made, error)
    except Exception as failure:  # noqa: BLE001 (the same)
        return _answer(failure)
    return response


def _answer(error: Exception) -> Response:
    return current_app.make_response(current_app.handle_user_exception(error))


def _drop(_error: BaseException | None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()
