"""What each page answers to whom; the columns are told in the package.

A body here is a form.
"""

from tests.policies.routes.row import Row

_EVERYBODY = "200 200 200 200 200 200"
_SIGNED_IN = "303 303 200 200 200 200"
_CHANGED = "303 303 303 303 303 303"

ROWS: list[Row] = [
    ("GET", "/health", None, _EVERYBODY),
    ("GET", "/ready", None, _EVERYBODY),
    ("GET", "/sign-in", None, _EVERYBODY),
    ("POST", "/sign-in", {"name": "nobody", "password": "x"}, "401 401 401 401 401 401"),
    ("GET", "/static/tokens.css", None, _EVERYBODY),
    ("POST", "/sign-out", {}, _CHANGED),
    ("GET", "/", None, _SIGNED_IN),
    ("GET", "/keyboard", None, _SIGNED_IN),
    ("GET", "/policy", None, _SIGNED_IN),
    ("GET", "/search?q=wine", None, _SIGNED_IN),
    # the tree
    ("GET", "/catalogs", None, _SIGNED_IN),
    ("POST", "/catalogs", {"name": "fresh"}, "303 303 403 403 403 303"),
    ("GET", "/catalogs/ml", None, "303 303 404 200 200 200"),
    ("GET", "/catalogs/ml/permissions", None, "303 303 404 200 200 200"),
    ("GET", "/catalogs/ml/workspaces", None, "303 303 404 403 403 200"),
    ("POST", "/catalogs/ml/workspaces", {"workspace": "default"}, "303 303 404 403 403 303"),
    (
        "POST",
        "/catalogs/ml/workspaces/remove",
        {"workspace": "default"},
        "303 303 404 403 403 404",
    ),
    ("POST", "/catalogs/ml/isolate", {}, "303 303 404 403 403 303"),
    ("POST", "/catalogs/ml/open", {}, "303 303 404 403 403 303"),
    ("POST", "/catalogs/ml/drop", {}, "303 303 404 403 403 409"),
    ("POST", "/schemas/ml.prod/drop", {}, "303 303 404 403 409 409"),
    ("GET", "/trash", None, _SIGNED_IN),
    (
        "POST",
        "/trash/restore",
        {"kind": "registered_model", "id": "0" * 32},
        "303 303 404 404 404 404",
    ),
    ("POST", "/catalogs/ml/schemas", {"name": "fresh"}, "303 303 404 403 403 303"),
    ("GET", "/schemas/ml.prod", None, "303 303 404 200 200 200"),
    ("GET", "/schemas/ml.prod/permissions", None, "303 303 404 200 200 200"),
    # models
    ("GET", "/models/{model}", None, "303 303 404 200 200 200"),
    ("POST", "/models/{model}", {"description": "d"}, "303 303 404 403 303 303"),
    (
        "POST",
        "/models/{model}/aliases",
        {"alias": "fresh", "version": "1"},
        "303 303 404 403 303 303",
    ),
    (
        "POST",
        "/models/{model}/aliases/remove",
        {"alias": "champion"},
        "303 303 404 403 303 303",
    ),
    ("POST", "/models/{model}/tags", {"tag": "a", "value": "b"}, "303 303 404 403 303 303"),
    ("POST", "/models/{model}/tags/remove", {"tag": "color"}, "303 303 404 403 303 303"),
    ("POST", "/models/{model}/drop", {}, "303 303 404 403 303 404"),
    ("GET", "/models/{model}/compare?left=1&right=2", None, "303 303 404 200 200 200"),
    ("GET", "/models/{model}/versions/1/files", None, "303 303 404 200 200 403"),
    ("GET", "/models/{model}/versions/1/files/MLmodel", None, "303 303 404 200 200 403"),
    ("GET", "/models/{model}/versions", None, "303 303 404 200 200 200"),
    ("GET", "/models/{model}/permissions", None, "303 303 404 200 200 200"),
    ("GET", "/models/{model}/lineage", None, "303 303 404 200 200 200"),
    ("GET", "/models/{model}/log", None, "303 303 404 403 200 200"),
    # rights
    (
        "POST",
        "/grants",
        {"kind": "registered_model", "name": "{model}", "principal": "bob", "item": "EXECUTE"},
        "303 303 404 403 303 303",
    ),
    (
        "POST",
        "/grants/revoke",
        {"kind": "registered_model", "name": "{model}", "principal": "bob", "item": "EXECUTE"},
        "303 303 404 403 303 303",
    ),
    (
        "POST",
        "/owners",
        {"kind": "registered_model", "name": "{model}", "owner": "bob"},
        "303 303 404 403 303 303",
    ),
    ("GET", "/access-requests", None, _SIGNED_IN),
    (
        "GET",
        "/access-requests/new?kind=registered_model&name={model}",
        None,
        "303 303 404 200 200 200",
    ),
    (
        "POST",
        "/access-requests",
        {"kind": "registered_model", "name": "{model}", "item": "EXECUTE", "reason": "r"},
        "303 303 404 303 303 303",
    ),
    ("POST", "/access-requests/{request}/approve", {}, "303 303 404 403 303 409"),
    ("POST", "/access-requests/{request}/refuse", {}, "303 303 404 403 303 409"),
    ("POST", "/access-requests/{wish}/withdraw", {}, "303 303 404 303 404 404"),
    (
        "GET",
        "/explain?kind=registered_model&name={model}&operation=model_version.load",
        None,
        "303 303 404 200 200 200",
    ),
    # experiments and runs
    ("GET", "/experiments", None, _SIGNED_IN),
    ("GET", "/experiments/{exp}", None, "303 303 404 200 200 200"),
    ("GET", "/experiments/ml.prod.tasting", None, "303 303 404 303 303 303"),
    ("GET", "/experiments/ml.prod.tasting/permissions", None, "303 303 404 200 200 200"),
    ("GET", "/runs/{run}", None, "303 303 404 200 200 200"),
    ("GET", "/runs/{run}/files/model/MLmodel", None, "303 303 404 200 200 403"),
    ("GET", "/runs/{run}/metrics/loss", None, "303 303 404 200 200 200"),
    # the log
    ("GET", "/audit", None, "303 303 403 403 403 200"),
    ("POST", "/audit/export", {"format": "csv"}, "303 303 403 403 403 200"),
    ("POST", "/audit/verify", {}, "303 303 403 403 403 200"),
    # keys
    ("GET", "/keys", None, _SIGNED_IN),
    ("POST", "/keys", {"name": "fresh"}, "303 303 403 403 403 303"),
    ("GET", "/keys/spare-key", None, "303 303 404 404 404 200"),
    ("POST", "/keys/spare-key/catalogs", {"catalog": "ml"}, "303 303 404 403 403 303"),
    ("GET", "/keys/spare-key/disable", None, "303 303 404 404 404 200"),
    ("POST", "/keys/spare-key/disable", {}, "303 303 404 404 404 303"),
    ("POST", "/keys/spare-key/enable", {}, "303 303 404 404 404 303"),
    ("POST", "/keys/spare-key/rotate", {}, "303 303 404 404 404 303"),
    (
        "POST",
        "/keys/spare-key/destroy",
        {"confirmation": "spare-key", "days": "7"},
        "303 303 404 404 404 303",
    ),
    ("POST", "/keys/spare-key/keep", {}, "303 303 404 404 404 409"),
    # people
    ("GET", "/people", None, "303 303 403 403 403 200"),
    ("POST", "/people", {"kind": "user", "name": "erin"}, "303 303 403 403 403 303"),
    ("GET", "/people/{dora}", None, "303 303 403 403 403 200"),
    ("POST", "/people/{dora}/disable", {}, "303 303 403 403 403 303"),
    ("POST", "/people/{dora}/enable", {}, "303 303 403 403 403 303"),
    (
        "POST",
        "/people/{dora}/password",
        {"password": "a very long passphrase"},
        "303 303 403 403 403 303",
    ),
    ("POST", "/people/{readers}/members", {"member": "charlie"}, "303 303 403 403 403 303"),
    ("POST", "/people/{readers}/members/remove", {"member": "bob"}, "303 303 403 403 403 303"),
    ("GET", "/workspaces", None, "303 303 403 403 403 200"),
    ("POST", "/workspaces", {"name": "lab"}, "303 303 403 403 403 303"),
    ("POST", "/workspaces/default/members", {"member": "bob"}, "303 303 403 403 403 303"),
    (
        "POST",
        "/workspaces/default/members/remove",
        {"member": "alice"},
        "303 303 403 403 403 303",
    ),
    # oneself
    ("GET", "/profile", None, _SIGNED_IN),
    (
        "POST",
        "/profile/password",
        {"old_password": "wrong", "new_password": "a very long passphrase"},
        "303 303 400 400 400 400",
    ),
    ("POST", "/profile/theme", {"theme": "dark"}, _CHANGED),
    ("POST", "/profile/tokens", {"name": "t"}, _SIGNED_IN),
    ("POST", "/profile/tokens/nothing/revoke", {}, "303 303 404 404 404 404"),
    ("POST", "/profile/workspace", {"workspace": "default"}, "303 303 404 404 303 303"),
]
