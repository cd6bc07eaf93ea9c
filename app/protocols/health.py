"""Liveness and readiness, for whoever supervises the process."""

from __future__ import annotations

from flask import Blueprint, Response

from app.edge import public, services
from app.errors import MunimentError

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@public
def health() -> Response:
    """Answer ``OK`` while the process serves requests."""
    return Response("OK", mimetype="text/plain")


@blueprint.get("/ready")
@public
def ready() -> tuple[dict[str, str], int]:
    """Tell whether the database, the blob store and the key provider answer."""
    checks = {
        "database": services().database.check,
        "store": services().vault.blobs.check,
        "keys": services().vault.key_ring.check,
    }
    states = {}
    for name, check in checks.items():
        try:
            check()
        except MunimentError as error:
            states[name] = error.message
        else:
            states[name] = "ok"
    return states, 200 if set(states.values()) == {"ok"} else 503
