"""Where MLflow's endpoints are mounted: each at ``/api`` and, for its web UI, at ``/ajax-api``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.edge import public
from app.protocols.mlflow import errors

View = TypeVar("View", bound=Callable[..., Any])

rest = Blueprint("mlflow", __name__)
root = Blueprint("mlflow_root", __name__)
for _blueprint in (rest, root):
    errors.install(_blueprint)


def api(
    method: str,
    path: str,
    *,
    versions: tuple[str, ...] = ("2.0",),
    service: str = "mlflow",
    is_public: bool = False,
) -> Callable[[View], View]:
    """Serve a view at ``/api/VERSION/SERVICE/PATH`` and its ajax twin."""

    def mount(view: View) -> View:
        if is_public:
            public(view)
        for version in versions:
            for prefix in ("api", "ajax-api"):
                rest.add_url_rule(
                    f"/{prefix}/{version}/{service}/{path}",
                    endpoint=f"{view.__name__}-{prefix}-{version[0]}-{method}",
                    view_func=view,
                    methods=[method],
                    provide_automatic_options=False,
                )
        return view

    return mount


def empty() -> ResponseReturnValue:
    """Answer that it is done; the client takes only a 200 for success."""
    return jsonify({})
