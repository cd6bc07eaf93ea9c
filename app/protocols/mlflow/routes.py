"""Where MLflow's endpoints are mounted: at ``/api``, and for its web pages at ``/ajax-api``.

The pages ask below their own address, where a browser's session counts; elsewhere it does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.edge import public, scripted
from app.protocols.mlflow import errors

View = TypeVar("View", bound=Callable[..., Any])

rest = Blueprint("mlflow", __name__)
root = Blueprint("mlflow_root", __name__)
below_pages = scripted(Blueprint("mlflow_pages", __name__, url_prefix="/mlflow"))
for _blueprint in (rest, root, below_pages):
    errors.install(_blueprint)


def api(
    method: str,
    path: str,
    *,
    versions: tuple[str, ...] = ("2.0",),
    service: str = "mlflow",
    is_public: bool = False,
) -> Callable[[View], View]:
    """Serve a view at ``/api/VERSION/SERVICE/PATH`` and its ajax twins."""

    def mount(view: View) -> View:
        if is_public:
            public(view)
        for version in versions:
            below = f"{version}/{service}/{path}"
            name = f"{version[0]}-{method}"
            _add(rest, f"/api/{below}", f"{view.__name__}-api-{name}", view, method)
            for blueprint in (rest, below_pages):
                endpoint = f"{view.__name__}-ajax-api-{name}"
                _add(blueprint, f"/ajax-api/{below}", endpoint, view, method)
        return view

    return mount


def beside_api(method: str, path: str) -> Callable[[View], View]:
    """Serve a view at ``/PATH``, which is in no version of the API, and below the pages."""

    def mount(view: View) -> View:
        for blueprint in (root, below_pages):
            _add(blueprint, f"/{path}", view.__name__, view, method)
        return view

    return mount


def empty() -> ResponseReturnValue:
    """Answer that it is done; the client takes only a 200 for success."""
    return jsonify({})


def _add(blueprint: Blueprint, rule: str, endpoint: str, view: View, method: str) -> None:
    blueprint.add_url_rule(
        rule,
        endpoint=endpoint,
        view_func=view,
        methods=[method],
        provide_automatic_options=False,
    )
