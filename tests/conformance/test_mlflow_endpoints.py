"""MLflow's specification, laid over ours: each endpoint is served, or left out with a reason."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from mlflow.protos import databricks_pb2
from mlflow.protos.mlflow_artifacts_pb2 import MlflowArtifactsService
from mlflow.protos.model_registry_pb2 import ModelRegistryService
from mlflow.protos.service_pb2 import MlflowService
from mlflow.protos.webhooks_pb2 import WebhookService
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app.protocols import mlflow
from app.protocols.mlflow.unserved import reason_for

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

SERVICES = (MlflowService, ModelRegistryService, MlflowArtifactsService, WebhookService)
MISSPELT = "mlflow/"  # A slash is missing in the specification.
_PLACE = re.compile(r"[{<](?:path:)?(\w+)[}>]")


def endpoints() -> Iterator[tuple[str, str]]:
    """Yield the path and the method of each endpoint of the specification."""
    for service in SERVICES:
        for call in service.DESCRIPTOR.methods:
            for endpoint in call.GetOptions().Extensions[databricks_pb2.rpc].endpoints:
                path = _PLACE.sub(r"\1", endpoint.path)
                if not path.startswith(MISSPELT):
                    yield f"/api/{endpoint.since.major}.0{path}", endpoint.method


def test_every_endpoint_is_served_or_left_out_with_a_reason() -> None:
    ours = Flask(__name__, static_folder=None)
    for blueprint in mlflow.blueprints():
        ours.register_blueprint(blueprint)
    adapter = ours.url_map.bind("localhost")
    unexplained = []
    for path, method in endpoints():
        try:
            name, _ = adapter.match(path, method)
        except (NotFound, MethodNotAllowed):
            name = "refuse_endpoint"
        if "refuse_endpoint" in name and not reason_for(path):
            unexplained.append(f"{method} {path}")
    assert unexplained == []


def test_the_specification_was_read() -> None:
    found = set(endpoints())
    assert ("/api/2.0/mlflow/runs/log-batch", "POST") in found
    assert len(found) > 100
