"""The server itself, its workspaces, and what is not served."""

from tests.policies.routes.row import A2, A3, Row

ROWS: list[Row] = [
    ("GET", "/version", None, "200 200 200 200 200 200"),
    ("GET", f"{A3}/server-info", None, "200 200 200 200 200 200"),
    ("GET", f"{A2}/gateway-proxy", None, "200 200 200 200 200 200"),
    ("GET", f"{A3}/workspaces", None, "401 401 200 200 200 200"),
    ("POST", f"{A3}/workspaces", {"name": "lab"}, "401 401 403 403 403 201"),
    ("GET", f"{A3}/workspaces/default", None, "401 401 404 404 200 200"),
    (
        "PATCH",
        f"{A3}/workspaces/default",
        {"description": "d"},
        "401 401 403 403 403 200",
    ),
    ("DELETE", f"{A3}/workspaces/default", None, "401 401 403 403 403 400"),
]

ROWS += [
    (method, f"{prefix}/nothing/here", None, "401 401 404 404 404 404")
    for prefix in (A2, A3, "/api/2.0/mlflow-artifacts")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
]
