"""Every rule and method, for every kind of caller, answers what the tables say."""

from collections.abc import Mapping

import pytest
from flask import Flask

from app.edge import is_public
from tests.application import Person, Template
from tests.policies import routes
from tests.policies.conftest import CAST
from tests.policies.routes import Row
from tests.policies.routes.row import fill, options_of

# What needs no caller. Nothing joins this list without a reason that a reviewer can read here.
PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/static/<path:filename>"),
    ("GET", "/mlflow/static-files/<path:filename>"),
    ("GET", "/version"),
    ("GET", "/api/3.0/mlflow/server-info"),
    ("GET", "/ajax-api/3.0/mlflow/server-info"),
    ("GET", "/mlflow/ajax-api/3.0/mlflow/server-info"),
    ("GET", "/api/2.0/mlflow/gateway-proxy"),  # always an empty list
    ("GET", "/ajax-api/2.0/mlflow/gateway-proxy"),
    ("GET", "/mlflow/ajax-api/2.0/mlflow/gateway-proxy"),
}

BESIDE_API = ("/get-artifact", "/model-versions/get-artifact", "/graphql")


def below_pages(path: str) -> str:
    """Return where MLflow's pages ask for what is at a path; empty for what they never ask."""
    if path.startswith("/api/"):
        return "/mlflow/ajax-api" + path.removeprefix("/api")
    return f"/mlflow{path}" if path.startswith(BESIDE_API) else ""


_FORMS = [(row, True) for row in routes.PAGES]
_CALLS = [(row, False) for row in routes.MLFLOW]
_TWINS = [
    ((method, "/ajax-api" + path.removeprefix("/api"), body, answers), False)
    for method, path, body, answers in routes.MLFLOW
    if path.startswith("/api/")
]
_OF_SCRIPTS = [
    ((method, below, body, answers), False)
    for method, path, body, answers in routes.MLFLOW
    if (below := below_pages(path))
]
ROWS = _FORMS + _CALLS + _TWINS + _OF_SCRIPTS


@pytest.mark.parametrize(
    "row,is_form", ROWS, ids=[f"{method} {path}" for (method, path, *_), _ in ROWS]
)
def test_every_caller_gets_what_the_table_says(
    row: Row,
    is_form: bool,
    application: Flask,
    everything: tuple[Template, Mapping[str, str]],
) -> None:
    method, path, body, expected = row
    template, names = everything
    got = []
    for name in CAST:
        person = Person(application.test_client(), template.tokens.get(name, ""))
        options = options_of(fill(body, names), is_form=is_form)
        with person.send(method, path.format(**names), **options) as answer:
            got.append(str(answer.status_code))
    assert dict(zip(CAST, got, strict=True)) == dict(zip(CAST, expected.split(), strict=True))


def test_no_route_is_without_a_row(
    application: Flask, everything: tuple[Template, Mapping[str, str]]
) -> None:
    _, names = everything
    adapter = application.url_map.bind("localhost")
    covered = set()
    for (method, path, _body, _answers), _ in ROWS:
        bare = path.format(**names).partition("?")[0]
        rule, _ = adapter.match(bare, method=method, return_rule=True)
        covered.add((method, rule.rule))
    assert _all_rules(application) - covered == set()


def test_the_public_routes_are_these(application: Flask) -> None:
    public = {
        (method, rule.rule)
        for rule in application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if is_public(application.view_functions[rule.endpoint])
    }
    # Twins of MLflow's proxy and artifacts exist where its own server has them.
    assert public == PUBLIC


def _all_rules(application: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
