"""What each route answers to whom; see ``test_every_route_is_covered``.

The columns: anonymous, disabled user, stranger, reader, owner, administrator. An MLflow path below
``/api`` stands for its twins below ``/ajax-api`` and ``/mlflow/ajax-api`` as well. The body of a
page's row is a form.
"""

from tests.policies.routes import (
    evaluation,
    experiments,
    files,
    logged_models,
    pages,
    registry,
    runs,
    server,
    traces,
    webhooks,
)
from tests.policies.routes.row import Row

_MLFLOW = (
    server,
    experiments,
    runs,
    logged_models,
    traces,
    evaluation,
    registry,
    webhooks,
    files,
)

MLFLOW: list[Row] = [row for section in _MLFLOW for row in section.ROWS]
PAGES: list[Row] = pages.ROWS + webhooks.PAGES

__all__ = ["MLFLOW", "PAGES", "Row"]
