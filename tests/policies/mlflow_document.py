"""``docs/mlflow.md``, drawn from ``policies/operations.csv`` and what each endpoint has recorded.

``make docs`` writes it: every endpoint is called in a home with one of everything, and the log says
which operations that were.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.access import policy
from app.access.operations import Operation
from app.audit.tables import audit_events
from app.config import load_settings
from app.db import Database
from app.db.metadata import new_id
from app.db.migrations import migrate
from app.edge.services import build_services
from app.factory import create_app
from app.protocols.mlflow.unserved import UNSERVED
from app.securables import Kind
from app.securables.tables import securables
from tests.application import ALICE, ROOT, Person, Template, start_template
from tests.policies import routes
from tests.policies.everything import make_everything
from tests.policies.routes.row import Row, fill, options_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "mlflow.md"
_BEGINNING = """# MLflow's protocol here

Every endpoint that is served, the operations it does, and the privileges of which one is needed
for each, as `policies/operations.csv` has them. USE CATALOG and USE SCHEMA are needed on the way,
and a binding of the workspace; owners hold all privileges on what they own. A search or list holds
what the caller may do the operation on. Drawn by `make docs`.

What stands below `/api` is also below `/ajax-api`, and below `/mlflow` for MLflow's own pages.

| Endpoint | Operations | One of these privileges |
|---|---|---|
"""
_UNSERVED = """
## What is left out

It answers 404 `ENDPOINT_NOT_FOUND`, as a server does that is older than the endpoint, and says why.

| Below `/api/VERSION/mlflow` | Why |
|---|---|
"""
_UNAVAILABLE = """
## What the client does another way

Uploads in parts and addresses that are signed for a while would lead around decisions, the log and
encryption: `mlflow-artifacts/mpu`, `mlflow-artifacts/presigned` and `artifacts/presigned-…-url`
answer 501 in the words on which the client sends and fetches whole files here instead.
"""
# What the tables send to it is refused before there is anything to decide.
_UNSEEN = {"/v1/traces": [(Operation.TRACE_LOG, Kind.EXPERIMENT)]}
_UNDECIDED = ("/nothing/here", "/mpu/", "/presigned", "-url")


def describe_mlflow(app: Flask, template: Template, names: Mapping[str, str]) -> str:
    """Return the document, having called everything once."""
    lines = dict(sorted(_endpoints(app, template, names))).values()
    left_out = (f"| `{path}` | {reason} |\n" for path, reason in sorted(UNSERVED.items()))
    return _BEGINNING + "".join(lines) + _UNAVAILABLE + _UNSERVED + "".join(left_out)


def _endpoints(
    app: Flask, template: Template, names: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield path and method of every endpoint, and its line."""
    adapter = app.url_map.bind("localhost")
    people = {name: Person(app.test_client(), template.tokens[name]) for name in (ALICE, ROOT)}
    for row in sorted(routes.MLFLOW, key=_is_the_end_of_something):
        method, path, body, answers = row
        if any(part in path for part in _UNDECIDED):
            continue
        address = path.format(**names)
        rule, _ = adapter.match(address.partition("?")[0], method=method, return_rule=True)
        asker = people[ALICE if answers.split()[-2][0] in "24" else ROOT]
        request_id = new_id()
        options = options_of(fill(body, names), is_form=False)
        options["headers"] = options.get("headers", {}) | {"X-Request-ID": request_id}
        with asker.send(method, address, **options):
            recorded = _recorded(app.extensions["muniment"].database, request_id)
        operations = recorded or _UNSEEN.get(rule.rule, [])
        named = "<br>".join(f"`{operation}`" for operation, _ in operations) or "–"
        needed = "<br>".join(_privileges(*one) for one in operations) or "–"
        yield (rule.rule, method), f"| `{method} {rule.rule}` | {named} | {needed} |\n"


def _is_the_end_of_something(row: Row) -> bool:
    """Tell whether the endpoints after it would not find what they are about."""
    method, path, *_ = row
    return method == "DELETE" or path.endswith(("/delete", "/rename", "delete-traces"))


def _recorded(database: Database, request_id: str) -> list[tuple[Operation, Kind | None]]:
    """Return the operations of a request in their order, and the kind that each was done on."""
    columns = audit_events.c
    found = (
        select(columns.operation, securables.c.kind)
        .join_from(audit_events, securables, securables.c.id == columns.securable_id, isouter=True)
        .where(columns.request_id == request_id)
        .order_by(columns.seq)
    )
    with database.session() as session:
        rows = list(session.execute(found))
    return list(
        dict.fromkeys(
            (Operation(row.operation), Kind(row.kind) if row.kind else None) for row in rows
        )
    )


def _privileges(operation: Operation, kind: Kind | None) -> str:
    kinds = policy().kinds[operation]
    rules = [policy().rule(operation, one) for one in ([kind] if kind in kinds else kinds)]
    needed = dict.fromkeys(" or ".join(rule.privileges) for rule in rules)
    return "; ".join(needed).strip("; ") or "–"


def main() -> None:
    """Write the document."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder, 'muniment.db')}"
        database = Database(url)
        migrate(database)
        database.dispose()
        template = start_template(Path(folder), url)
        services = build_services(load_settings(Path(folder), {"MUNIMENT_DATABASE_URL": url}))
        app = create_app(services)
        DOCUMENT.write_text(describe_mlflow(app, template, make_everything(app, template)), "utf-8")
        services.database.dispose()
    print(f"Written: {DOCUMENT}", file=sys.stderr)


if __name__ == "__main__":
    main()
