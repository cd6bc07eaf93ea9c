"""Where a client finds this server, as the pages tell it."""

from __future__ import annotations

from flask import request

from app.edge import services


def tracking_uri() -> str:
    """Return the address to give MLflow's client: the configured one, or the one asked at."""
    return services().settings.server.public_url or request.host_url.rstrip("/")
