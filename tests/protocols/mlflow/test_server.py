"""What the client asks of the server itself."""

from tests.application import Person
from tests.protocols.mlflow.calls import answer


def test_the_version_is_one_that_the_client_understands(anonymous: Person) -> None:
    response = anonymous.get("/version")
    assert response.mimetype == "text/plain"
    assert [int(part) for part in response.text.split(".")] >= [3, 17, 0]


def test_the_server_tells_without_sign_in_what_it_can_do(anonymous: Person) -> None:
    info = answer(anonymous.get("/api/3.0/mlflow/server-info"))
    assert info["workspaces_enabled"] is True
    assert info["multipart_uploads_enabled"] is False


def test_pages_are_not_told_of_workspaces(anonymous: Person) -> None:
    info = answer(anonymous.get("/mlflow/ajax-api/3.0/mlflow/server-info"))
    assert info["workspaces_enabled"] is False
