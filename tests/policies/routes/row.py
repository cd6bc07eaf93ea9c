"""A row of the tables, and where MLflow's endpoints are."""

from collections.abc import Mapping
from typing import Any

A2 = "/api/2.0/mlflow"
A3 = "/api/3.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"

Row = tuple[str, str, Any, str]
"""Method, path, JSON body (or bytes), and the six answers."""


def fill(body: Any, names: Mapping[str, str]) -> Any:
    """Put the names into a body's strings."""
    if isinstance(body, str):
        return body.format(**names)
    if isinstance(body, dict):
        return {key: fill(value, names) for key, value in body.items()}
    if isinstance(body, list):
        return [fill(value, names) for value in body]
    return body


def options_of(body: Any, *, is_form: bool) -> dict[str, Any]:
    """Return what a test client sends with a body, as a message or a form."""
    if body is None:
        return {}
    if isinstance(body, bytes):
        return {"data": body, "headers": {"Content-Type": "text/plain"}}
    return {"data": body} if is_form else {"json": body}
