"""What MLflow's API has and this server has not, each with the reason that the client is told.

404 ENDPOINT_NOT_FOUND is what a server answers that is older than an endpoint. 501 stands where the
client then takes another way: ``mlflow/store/artifact/http_artifact_repo.py`` reads the words.
"""

from __future__ import annotations

from typing import NoReturn

from flask import request
from werkzeug.exceptions import NotFound

from app.errors import UnsupportedError
from app.protocols.mlflow.routes import api

NO_UPLOAD_IN_PARTS = "Multipart upload is not supported for the current artifact repository"
NO_PRESIGNED_UPLOAD = "Presigned upload is not supported for the current artifact repository"
NO_PRESIGNED_DOWNLOAD = "Presigned download is not supported for the current artifact repository"

_GRANTS = "grants and roles are given by this server's own pages and commands"
UNSERVED = {
    "assistant": "there is no assistant here",
    "demo": "there is no demo data to generate here; see `muniment demo`",
    "experiments/permissions": _GRANTS,
    "gateway": "this server is no gateway to language models",
    "gateway-proxy": "this server is no gateway to language models",
    "genai": "evaluations run in the client",
    "get-online-trace-details": "MLflow's own open-source server has it not either",
    "issues/invoke": "this server runs no jobs",
    "jobs": "this server runs no jobs",
    "mcp-servers": "this server is no registry of MCP servers",
    "prompt-optimization": "this server runs no jobs",
    "registered-models/permissions": _GRANTS,
    "roles": _GRANTS,
    "runs/create-promptlab-run": "this server is no gateway to language models",
    "scorer": "evaluations run in the client",
    "scorers/online-config": "traces are not scored online: this server runs no jobs",
    "scorers/permissions": _GRANTS,
    "ui-telemetry": "nothing is reported to anybody",
    "users": "accounts are kept by this server's own pages and commands",
    "unified-traces": "MLflow's own open-source server has it not either",
}
"""The beginning of a path below ``/api/VERSION/mlflow`` and why it is not served."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _answer_all(path: str, *, versions: tuple[str, ...], service: str = "mlflow") -> None:
    for method in _METHODS:
        api(method, path, versions=versions, service=service)(refuse_endpoint)


def refuse_endpoint(path: str = "") -> NoReturn:
    """Answer that there is no such endpoint, and why."""
    reason = reason_for(f"/mlflow/{path}")
    msg = f"{request.method} {request.path[:200]} is not served"
    raise NotFound(f"{msg}: {reason}" if reason else f"{msg}: there is no such endpoint")


def reason_for(path: str) -> str:
    """Return why what is at a path is not served; empty for what nobody knows."""
    below = path.partition("/mlflow/")[2]
    return next((UNSERVED[known] for known in _beginnings(below) if known in UNSERVED), "")


_answer_all("<path:path>", versions=("2.0", "3.0"))
_answer_all("<path:path>", versions=("2.0",), service="mlflow-artifacts")


@api("POST", "mpu/<any(create, complete, abort):_step>/<path:path>", service="mlflow-artifacts")
def refuse_upload_in_parts(_step: str, path: str) -> NoReturn:  # noqa: ARG001 (of the URL)
    """Send the client to the plain upload."""
    raise UnsupportedError(NO_UPLOAD_IN_PARTS)


@api("GET", "presigned/<path:path>", service="mlflow-artifacts")
def refuse_presigned_download(path: str) -> NoReturn:  # noqa: ARG001 (of the URL)
    """Send the client to the plain download."""
    raise UnsupportedError(NO_PRESIGNED_DOWNLOAD)


@api("POST", "artifacts/presigned-download-url")
def refuse_presigned_download_url() -> NoReturn:
    """Send the client to the plain download."""
    raise UnsupportedError(NO_PRESIGNED_DOWNLOAD)


@api("POST", "artifacts/presigned-upload-url")
def refuse_presigned_upload_url() -> NoReturn:
    """Send the client to the plain upload."""
    raise UnsupportedError(NO_PRESIGNED_UPLOAD)


def _beginnings(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
