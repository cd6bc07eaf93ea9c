"""MLflow's own pages, as the package ``mlflow`` has them, over our API and behind our sign-in.

Their scripts are another project's: they get a policy of their own, for their address alone, and
ask what they ask below it (``app/protocols/mlflow/routes.py``). See ADR 11.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from flask import Response, current_app, send_from_directory

from app.access import Operation, permit_self
from app.edge import caller, public
from app.errors import UnsupportedError
from app.web.blueprint import web

MLFLOW_PAGES = "muniment_mlflow_pages"
"""The extension of the application that is the folder of MLflow's pages, or None without them."""

_FOUR_WEEKS = 2_419_200
_BUILD = Path("server", "js", "build")
_INDEX = "index.html"
_HOW_TO_GET_THEM = (
    "MLflow's own pages are not installed. Install them beside this server with "
    "pip install 'muniment[mlflow-ui]' and start it again."
)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; media-src 'self' blob:; frame-src blob:; manifest-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@web.get("/mlflow/", strict_slashes=True)
def show_mlflow_pages() -> Response:
    """Send the document whose scripts are MLflow's pages."""
    permit_self(caller(), Operation.PROFILE_READ)
    response = send_from_directory(_installed_pages(), _INDEX)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@web.get("/mlflow/static-files/<path:filename>")
@public
def send_mlflow_file(filename: str) -> Response:
    """Send a script, style sheet, font or picture of MLflow's pages, whose names tell versions."""
    return send_from_directory(_installed_pages(), filename, max_age=_FOUR_WEEKS)


def find_pages() -> Path | None:
    """Return where the package ``mlflow`` keeps its pages; None where it is not or has none.

    The small ``mlflow-skinny`` has none. Nothing of the package is imported.
    """
    found = find_spec("mlflow")
    for place in (found.submodule_search_locations if found else None) or ():
        folder = Path(place) / _BUILD
        if (folder / _INDEX).is_file():
            return folder
    return None


def _installed_pages() -> Path:
    folder: Path | None = current_app.extensions[MLFLOW_PAGES]
    if folder is None:
        raise UnsupportedError(_HOW_TO_GET_THEM)
    return folder
