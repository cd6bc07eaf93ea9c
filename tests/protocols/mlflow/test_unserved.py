"""What is not served: the reason, in MLflow's form, with the status that its client expects."""

import pytest

from tests.application import Person
from tests.protocols.mlflow.calls import API, refusal

ARTIFACTS = "/api/2.0/mlflow-artifacts"


@pytest.mark.parametrize(
    "endpoint",
    [
        "PUT /api/3.0/mlflow/scorers/online-config",
        "GET /api/2.0/mlflow/unified-traces",
        "GET /api/3.0/mlflow/gateway/secrets/list",
        "POST /ajax-api/2.0/mlflow/runs/create-promptlab-run",
        "GET /ajax-api/2.0/mlflow/users/current",
        "POST /api/3.0/mlflow/roles/create",
        "POST /api/2.0/mlflow/experiments/permissions/create",
        "GET /api/2.0/mlflow/registered-models/permissions/get",
        "PATCH /api/3.0/mlflow/scorers/permissions/update",
    ],
)
def test_an_endpoint_that_is_left_out_says_why(alice: Person, endpoint: str) -> None:
    method, path = endpoint.split()
    words = refusal(alice.send(method, path, json={}), 404, "ENDPOINT_NOT_FOUND")
    assert path in words
    assert "no such endpoint" not in words


def test_an_endpoint_that_nobody_knows_is_refused_in_the_same_form(alice: Person) -> None:
    words = refusal(alice.get(f"{API}/runs/guess"), 404, "ENDPOINT_NOT_FOUND")
    assert "no such endpoint" in words


@pytest.mark.parametrize(
    "endpoint",
    [
        f"POST {ARTIFACTS}/mpu/create/1/2/artifacts/model.pkl",
        f"GET {ARTIFACTS}/presigned/1/2/artifacts/model.pkl",
        f"POST {API}/artifacts/presigned-upload-url",
        f"POST {API}/artifacts/presigned-download-url",
    ],
)
def test_the_client_is_sent_to_the_plain_way_where_it_takes_it(
    alice: Person, endpoint: str
) -> None:
    method, path = endpoint.split()
    words = refusal(alice.send(method, path, json={}), 501, "NOT_IMPLEMENTED")
    assert "is not supported for the current artifact repository" in words


def test_whoever_is_not_signed_in_learns_nothing_of_it(anonymous: Person) -> None:
    for path in (f"{API}/runs/guess", "/api/2.0/mlflow/traces", f"{ARTIFACTS}/presigned/1"):
        refusal(anonymous.get(path), 401, "UNAUTHENTICATED")
