"""Wiring: the parts of a process, and the Flask application made of them."""

from __future__ import annotations

import logging.config
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider
from typing_extensions import override

from app.config import load_settings
from app.config.logs import LOGGING
from app.edge import browser, headers, statuses, unit
from app.edge.background import Background
from app.edge.services import EXTENSION, Services, build_services
from app.protocols import health, mlflow, otel
from app.protocols.mlflow.filters.expressions import RUNS, parse_filter
from app.protocols.mlflow.filters.traces import parse_trace_filter
from app.protocols.mlflow.wire.webhooks import tell
from app.web import web
from app.web.blueprint import RUN_FILTER, TRACE_FILTER
from app.web.mlflow_pages import MLFLOW_PAGES, find_pages


class _OrjsonProvider(DefaultJSONProvider):
    """Flask's JSON by orjson, which is several times faster on large answers."""

    mimetype = "application/json"

    @override
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    @override
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    @override
    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, mimetype=self.mimetype)


class _Application(Flask):
    json_provider_class = _OrjsonProvider

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        # None of ours is a coroutine: Flask would ask that of each of them in every request.
        return func


def create_app(services: Services) -> Flask:
    """Return the application over a database that is migrated and has had its first start."""
    app = _assemble()
    app.extensions[EXTENSION] = services
    return app


@cache
def assembled() -> Flask:
    """Return the application of this process without its services, which a fork shares."""
    return _assemble()


def _assemble() -> Flask:
    app = _Application("app.web", static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    statuses.install(app)
    # Flask runs the last to be installed first: the unit may put another answer in place of one.
    headers.install(app)
    unit.install(app)
    browser.install(app)
    app.register_blueprint(health.blueprint)
    for blueprint in (*mlflow.blueprints(), *otel.blueprints()):
        app.register_blueprint(blueprint)
    app.extensions[RUN_FILTER] = partial(parse_filter, grammar=RUNS)
    app.extensions[TRACE_FILTER] = parse_trace_filter
    app.extensions[MLFLOW_PAGES] = find_pages()
    app.register_blueprint(web)
    return app


def load() -> Flask:
    """Return the application of the home folder that ``MUNIMENT_HOME`` names, for the server."""
    logging.config.dictConfig(LOGGING)
    services = build_services(load_settings(Path(os.environ["MUNIMENT_HOME"])))
    Background(services, tell).start()
    app = assembled()
    limited = services.database.limited(services.settings.database.statement_timeout)
    app.extensions[EXTENSION] = replace(services, database=limited)
    return app
