"""What forms change, and that nothing changes without a form of ours."""

import re

import pytest
from flask import Flask

from tests.application import PASSWORD
from tests.web.world import Reader, World

MODEL = {"kind": "registered_model", "name": "ml.prod.detector"}
PARTS = {
    "catalog:name": "ml",
    "schema:name": "ml.prod",
    "object:name": "ml.prod.detector",
    "principal_id": "0" * 32,
    "request_id": "0" * 32,
    "token_id": "0" * 32,
    "webhook_id": "0" * 32,
    "name": "default",
}


def forms(application: Flask) -> list[str]:
    """Return the paths of all pages that change something, but for signing in."""
    rules = [
        rule.rule
        for rule in application.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "POST" in (rule.methods or ())
    ]
    return [
        re.sub(r"<([^>]+)>", lambda part: PARTS[part[1]], rule)
        for rule in rules
        if rule != "/sign-in"
    ]


def test_nothing_changes_without_the_token_of_our_forms(application: Flask, root: Reader):
    statuses = {path: root.submit_without_token(path).status_code for path in forms(application)}
    assert len(statuses) > 20
    assert statuses == dict.fromkeys(statuses, 403)


def test_nothing_changes_without_a_session(application: Flask, anonymous: Reader):
    paths = forms(application)
    assert {path: anonymous.submit_without_token(path).status_code for path in paths} == (
        dict.fromkeys(paths, 303)
    )


def test_a_grant_is_in_force_from_the_next_request_on(alice: Reader, charlie: Reader):
    schema = {"kind": "schema", "name": "ml.prod", "principal": "charlie"}
    assert charlie.get("/schemas/ml.prod").status_code == 404
    answer = alice.submit("/grants", **schema, item="USE SCHEMA")
    assert answer.status_code == 303
    assert answer.location == "/schemas/ml.prod/permissions?notice=granted&to=charlie"
    assert "Granted" in alice.get(answer.location).text


def test_a_grant_that_opens_nothing_yet_says_what_is_missing(alice: Reader, root: Reader):
    answer = alice.submit("/grants", **MODEL, principal="charlie", item="EXECUTE")
    text = alice.get(answer.location).text
    assert "still may not load it" in text
    assert "USE CATALOG on ml, USE SCHEMA on ml.prod" in text
    for kind, name, item in (("catalog", "ml", "USE CATALOG"), ("schema", "ml.prod", "USE SCHEMA")):
        root.submit("/grants", kind=kind, name=name, item=item, principal="charlie")
    assert "still may not" not in alice.get(answer.location).text


def test_a_revoke_is_true_for_the_next_request(root: Reader, dora: Reader):
    assert dora.get("/models/ml.prod.detector").status_code == 200
    catalog = {"kind": "catalog", "name": "ml", "principal": "dora", "item": "BROWSE"}
    assert root.submit("/grants/revoke", **catalog).status_code == 303
    assert dora.get("/models/ml.prod.detector").status_code == 404


def test_a_reader_who_grants_all_the_same_is_refused(bob: Reader):
    answer = bob.submit("/grants", **MODEL, principal="bob", item="MANAGE")
    assert answer.status_code == 403
    assert "MANAGE" in answer.text


def test_an_unknown_privilege_is_named_in_the_answer(alice: Reader):
    answer = alice.submit("/grants", **MODEL, principal="bob", item="FLY")
    assert answer.status_code == 400
    assert "FLY" in answer.text


def test_a_request_is_asked_decided_and_in_force(alice: Reader, dora: Reader):
    asked = dora.submit("/access-requests", **MODEL, item="EXECUTE", reason="to score", days="7")
    assert asked.location == "/access-requests?notice=asked"
    inbox = alice.get("/access-requests").text
    assert "to score" in inbox
    assert "asks for" in alice.get("/models/ml.prod.detector/permissions").text
    approve = re.search(r'action="(/access-requests/\w+/approve)"', inbox)
    assert approve is not None
    assert alice.submit(approve[1]).status_code == 303
    assert "approved" in dora.get("/access-requests").text
    assert "EXECUTE" in alice.get("/models/ml.prod.detector/permissions").text


def test_a_request_can_be_refused_with_a_word(alice: Reader, dora: Reader):
    dora.submit("/access-requests", **MODEL, item="EXECUTE", reason="please")
    found = re.search(r"/access-requests/(\w+)/refuse", alice.get("/access-requests").text)
    assert found is not None
    alice.submit(f"/access-requests/{found[1]}/refuse", comment="not this quarter")
    assert "not this quarter" in dora.get("/access-requests").text


def test_an_alias_moves(alice: Reader):
    alice.submit("/models/ml.prod.detector/aliases", alias="champion", version="2")
    assert "@champion → 2" in alice.get("/models/ml.prod.detector").text


def test_an_alias_that_points_elsewhere_is_offered_to_be_moved(alice: Reader):
    assert "Move <code>@champion</code> here" in alice.get("/models/ml.prod.detector/versions").text


def test_an_alias_is_removed(alice: Reader):
    removed = alice.submit("/models/ml.prod.detector/aliases/remove", alias="champion")
    assert removed.location == "/models/ml.prod.detector/versions?notice=alias-removed"
    assert "@champion" not in alice.get("/models/ml.prod.detector/versions").text


def test_a_reader_removes_no_alias(alice: Reader, bob: Reader):
    answer = bob.submit("/models/ml.prod.detector/aliases/remove", alias="champion")
    assert answer.status_code == 403
    assert "@champion" in alice.get("/models/ml.prod.detector").text


def test_a_description_is_kept_and_shown_as_text(alice: Reader):
    alice.submit("/models/ml.prod.detector", description="<script>alert(1)</script>")
    assert "&lt;script&gt;alert(1)" in alice.get("/models/ml.prod.detector").text


def test_a_disabled_key_closes_the_files_and_says_so(root: Reader, alice: Reader, world: World):
    file = f"/runs/{world.run_id}/files/notes/how.txt"
    assert alice.get(file).data == b"how it went"
    preview = root.get("/keys/metastore/disable").text
    assert re.search(r">1</td>", preview)
    assert "/models/ml.prod.detector" in preview
    assert "Nobody can load this" not in alice.get("/models/ml.prod.detector").text
    root.submit("/keys/metastore/disable")
    assert alice.get(file).status_code == 403
    assert "cannot be read" in root.get("/").text
    for page in ("/models/ml.prod.detector", "/models/ml.prod.detector/versions/1/files"):
        assert "Nobody can load this now" in alice.get(page).text
    root.submit("/keys/metastore/enable")
    assert alice.get(file).data == b"how it went"


def test_a_token_is_shown_once(alice: Reader):
    answer = alice.submit("/profile/tokens", name="laptop", days="30", scope="read")
    secret = re.search(r'<code class="secret">([^<]+)', answer.text)
    assert secret is not None
    assert secret[1] not in alice.get("/profile").text
    assert "laptop" in alice.get("/profile").text


def test_the_theme_is_kept_on_the_server(alice: Reader):
    answer = alice.submit("/profile/theme", theme="dark", next="/catalogs")
    assert answer.location == "/catalogs"
    assert 'data-theme="dark"' in alice.get("/").text


@pytest.mark.parametrize("theme", ["", "blue", '"><script>'])
def test_no_other_theme_is_kept(alice: Reader, theme: str):
    assert alice.submit("/profile/theme", theme=theme).status_code == 400


def test_a_catalog_and_a_schema_are_created(root: Reader):
    assert root.submit("/catalogs", name="fresh").location == "/catalogs/fresh?notice=created"
    made = root.submit("/catalogs/fresh/schemas", name="first")
    assert made.location == "/schemas/fresh.first?notice=created"
    assert root.submit("/catalogs", name="fresh").status_code == 409


def test_a_person_is_made_let_in_and_shut_out(root: Reader, anonymous: Reader):
    made = root.submit("/people", kind="user", name="erin", display_name="Erin")
    path = made.location.partition("?")[0]
    root.submit(f"{path}/password", password=PASSWORD)
    form = {"name": "erin", "password": PASSWORD}
    assert anonymous.submit_without_token("/sign-in", **form).status_code == 303
    assert anonymous.get("/profile").status_code == 200
    root.submit(f"{path}/disable")
    assert anonymous.get("/profile").status_code == 303


def test_the_log_verifies_on_request(root: Reader):
    assert "The log is whole" in root.submit("/audit/verify").text


def test_the_log_is_taken_out(root: Reader):
    answer = root.submit("/audit/export", format="csv")
    assert answer.mimetype == "text/csv"
    assert b"registered_model.create" in answer.data


def test_a_scope_that_is_none_makes_no_token_for_everything(alice: Reader):
    assert alice.submit("/profile/tokens", name="laptop", scope="raed").status_code == 400


@pytest.mark.parametrize("days", ["14", "0", "-1", "7.0", "9" * 5000, "seven"])
def test_what_was_to_end_does_not_last_for_ever(alice: Reader, root: Reader, days: str):
    forms = {
        "/profile/tokens": {"name": "laptop"},
        "/grants": {**MODEL, "item": "EXECUTE", "principal": "charlie"},
        "/access-requests": {**MODEL, "item": "EXECUTE"},
    }
    for path, form in forms.items():
        answer = alice.submit(path, **form, days=days)
        assert (answer.status_code, "choose one of" in answer.text) == (400, True), path
    assert "charlie" not in root.get("/models/ml.prod.detector/permissions").text
