"""Workspaces: who sees which, who makes them, and working in one by the header."""

from tests.application import Person
from tests.protocols.mlflow.calls import API, answer, refusal

HERE = "/api/3.0/mlflow/workspaces"
HEADER = "X-MLFLOW-WORKSPACE"


def create_team(root: Person) -> None:
    response = root.post(HERE, name="team", description="of two")
    assert (response.status_code, response.get_json()["workspace"]["name"]) == (201, "team")


def test_members_see_their_workspaces(root: Person, alice: Person, charlie: Person) -> None:
    create_team(root)
    assert [one["name"] for one in answer(alice.get(HERE))["workspaces"]] == ["default"]
    assert answer(charlie.get(HERE)) == {}
    refusal(alice.get(f"{HERE}/team"), 404, "RESOURCE_DOES_NOT_EXIST")
    found = answer(root.get(f"{HERE}/team"))["workspace"]
    assert found == {"name": "team", "description": "of two"}


def test_only_an_administrator_makes_a_workspace(alice: Person) -> None:
    refusal(alice.post(HERE, name="mine"), 403, "PERMISSION_DENIED")


def test_a_place_for_files_that_is_not_ours_is_refused(root: Person) -> None:
    response = root.post(HERE, name="team", default_artifact_root="s3://mine")
    assert "default_artifact_root" in refusal(response, 400, "INVALID_PARAMETER_VALUE")


def test_a_workspace_is_described(root: Person) -> None:
    create_team(root)
    answer(root.amend(f"{HERE}/team", description="of three"))
    answer(root.amend(f"{HERE}/team"))
    assert answer(root.get(f"{HERE}/team"))["workspace"]["description"] == "of three"


def test_a_workspace_that_is_not_empty_is_deleted_only_with_all_in_it(root: Person) -> None:
    create_team(root)
    create = f"{API}/registered-models/create"
    answer(root.send("POST", create, json={"name": "wine"}, headers={HEADER: "team"}))
    refusal(root.send("DELETE", f"{HERE}/team"), 400, "INVALID_PARAMETER_VALUE")
    moved = root.send("DELETE", f"{HERE}/team", query_string={"mode": "SET_DEFAULT"})
    assert "mode" in refusal(moved, 400, "INVALID_PARAMETER_VALUE")
    gone = root.send("DELETE", f"{HERE}/team", query_string={"mode": "CASCADE"})
    assert (gone.status_code, gone.data) == (204, b"")
    refusal(root.get(f"{HERE}/team"), 404, "RESOURCE_DOES_NOT_EXIST")


def test_the_header_says_where_short_names_are(root: Person) -> None:
    create_team(root)
    create = f"{API}/registered-models/create"
    answer(root.send("POST", create, json={"name": "wine"}, headers={HEADER: "team"}))
    refusal(root.get(f"{API}/registered-models/get", name="wine"), 404, "RESOURCE_DOES_NOT_EXIST")
    in_full = answer(root.get(f"{API}/registered-models/get", name="team.default.wine"))
    assert in_full["registered_model"]["name"] == "team.default.wine"


def test_a_workspace_of_others_looks_like_none(root: Person, alice: Person) -> None:
    create_team(root)
    search = f"{API}/registered-models/search"
    hidden = alice.send("GET", search, headers={HEADER: "team"})
    absent = alice.send("GET", search, headers={HEADER: "none"})
    words = refusal(hidden, 404, "RESOURCE_DOES_NOT_EXIST")
    assert words.replace("team", "none") == refusal(absent, 404, "RESOURCE_DOES_NOT_EXIST")
