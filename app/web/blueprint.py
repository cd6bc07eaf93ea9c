"""The blueprint that all pages hang on, names in addresses, and the files that pages load."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, send_from_directory, url_for
from flask.blueprints import BlueprintSetupState
from typing_extensions import override
from werkzeug.routing import PathConverter, ValidationError

from app.edge import pages, public
from app.errors import InvalidParameterError
from app.securables import METASTORE_ID, FullName

STATIC = Path(__file__).with_name("static")
RUN_FILTER = "muniment_run_filter"
"""The extension of the application that reads a filter over runs into comparisons."""

TRACE_FILTER = "muniment_trace_filter"
"""The extension of the application that reads a filter over traces into comparisons."""

_A_YEAR = 31_536_000

web = pages(Blueprint("web", __name__, template_folder="templates"))


class _Named(PathConverter):
    """A full name in an address, quoted as everywhere: a part with a slash ends in a backtick."""

    levels = 1

    @override
    def to_python(self, value: str) -> FullName:
        try:
            return FullName.parse(value, levels=self.levels)
        except InvalidParameterError as error:
            raise ValidationError from error

    @override
    def to_url(self, value: object) -> str:
        return super().to_url(str(value))


class _CatalogName(_Named):
    levels = 1


class _SchemaName(_Named):
    levels = 2


class _ObjectName(_Named):
    levels = 3


def _prepare(state: BlueprintSetupState) -> None:
    app = state.app
    app.url_map.converters.update(catalog=_CatalogName, schema=_SchemaName, object=_ObjectName)
    app.jinja_env.globals["asset"] = asset_url
    app.jinja_env.globals["metastore_id"] = METASTORE_ID
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


web.record(_prepare)


def asset_url(name: str) -> str:
    """Return the address of a file in ``static``, which changes when its bytes do."""
    return url_for("web.static", filename=name, v=_fingerprint(name))


def address(endpoint: str, **values: Any) -> str:
    """Return the address of a view; values that are None or empty are left out."""
    kept = {name: value for name, value in values.items() if value not in {None, ""}}
    return url_for(endpoint, **kept)


def next_address(endpoint: str, token: str, **values: Any) -> str:
    """Return the address of the page that goes on at ``token``; none after the last one."""
    return address(endpoint, page=token, **values) if token else ""


@web.get("/static/<path:filename>")
@public
def static(filename: str) -> Response:
    """Send a style sheet, script or picture, to be kept by the browser for a year."""
    return send_from_directory(STATIC, filename, max_age=_A_YEAR)


@cache
def _fingerprint(name: str) -> str:
    path = STATIC / name
    content = path.read_bytes() if path.is_file() else b""
    return hashlib.sha256(content).hexdigest()[:12]
