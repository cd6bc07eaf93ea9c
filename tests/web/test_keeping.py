"""What pages take away, give back and hand on: tags, trash, owners, workspaces, keys."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.edge import Services
from app.keys.tables import keys
from tests.web.world import Reader, World

MODEL = "/models/ml.prod.detector"
FILE = "/runs/{run}/files/notes/how.txt"


def restore_form(text: str) -> dict[str, str]:
    """Return what the first form of the trash sends."""
    found = re.search(
        r'name="kind" value="(\w+)">\s*<input type="hidden" name="id" value="(\w+)"', text
    )
    assert found is not None
    return {"kind": found[1], "id": found[2]}


def test_a_tag_is_set_shown_and_removed(alice: Reader, bob: Reader):
    set_ = alice.submit(f"{MODEL}/tags", tag="team", value="fraud <squad>")
    assert set_.location == f"{MODEL}?notice=tag-set"
    assert "fraud &lt;squad&gt;" in bob.get(MODEL).text
    alice.submit(f"{MODEL}/tags/remove", tag="team")
    assert "fraud" not in bob.get(MODEL).text.replace("Finds fraud", "")


@pytest.mark.parametrize("path", ["tags", "tags/remove"])
def test_a_reader_changes_no_tag(bob: Reader, path: str):
    assert bob.submit(f"{MODEL}/{path}", tag="team", value="x").status_code == 403
    assert f'action="{MODEL}/{path}"' not in bob.get(MODEL).text


def test_a_tag_without_a_name_is_refused(alice: Reader):
    assert alice.submit(f"{MODEL}/tags", tag="", value="x").status_code == 400


def test_a_dropped_model_is_gone_until_it_is_brought_back(alice: Reader, bob: Reader):
    assert alice.submit(f"{MODEL}/drop").location == "/trash?notice=dropped"
    assert bob.get(MODEL).status_code == 404
    form = restore_form(alice.get("/trash").text)
    assert alice.submit("/trash/restore", **form).location == f"{MODEL}?notice=restored"
    assert bob.get(MODEL).status_code == 200


def test_a_reader_drops_nothing_and_brings_nothing_back(alice: Reader, bob: Reader):
    assert bob.submit(f"{MODEL}/drop").status_code == 403
    assert "Drop this model" not in bob.get(MODEL).text
    alice.submit(f"{MODEL}/drop")
    form = restore_form(alice.get("/trash").text)
    text = bob.get("/trash").text
    assert "ml.prod.detector" in text
    assert "Bring back" not in text
    assert bob.submit("/trash/restore", **form).status_code == 403


def test_the_trash_tells_a_stranger_nothing(alice: Reader, charlie: Reader):
    alice.submit(f"{MODEL}/drop")
    form = restore_form(alice.get("/trash").text)
    assert "detector" not in charlie.get("/trash").text
    assert charlie.submit("/trash/restore", **form).status_code == 404


def test_a_schema_that_is_not_empty_is_dropped_only_with_all_that_is_in_it(alice: Reader):
    assert alice.submit("/schemas/ml.prod/drop").status_code == 409
    assert alice.submit("/schemas/ml.prod/drop", force="yes").status_code == 303
    assert alice.get(MODEL).status_code == 404


def test_a_schema_comes_back_with_its_models(root: Reader, alice: Reader):
    root.submit("/schemas/ml.prod/drop", force="yes")
    form = restore_form(root.get("/trash").text)
    assert form["kind"] == "schema"
    assert root.submit("/trash/restore", **form).location == "/schemas/ml.prod?notice=restored"
    assert alice.get(MODEL).status_code == 200


def test_a_catalog_is_dropped_and_brought_back_by_the_administrator(root: Reader, alice: Reader):
    assert alice.submit("/catalogs/ml/drop", force="yes").status_code == 403
    root.submit("/catalogs/ml/drop", force="yes")
    assert alice.get(MODEL).status_code == 404
    root.submit("/trash/restore", **restore_form(root.get("/trash").text))
    assert alice.get(MODEL).status_code == 200


def test_nothing_of_another_kind_is_brought_back(root: Reader):
    assert root.submit("/trash/restore", kind="key", id="0" * 32).status_code == 400


def test_a_new_owner_manages_and_the_old_one_reads_on_by_the_schema(alice: Reader, bob: Reader):
    form = {"kind": "registered_model", "name": "ml.prod.detector"}
    assert bob.submit("/owners", **form, owner="bob").status_code == 403
    answer = alice.submit("/owners", **form, owner="bob")
    assert answer.location == f"{MODEL}/permissions?notice=owner-changed"
    assert bob.submit(MODEL, description="mine now").status_code == 303


def test_who_gives_away_what_it_can_no_longer_see_is_led_home(root: Reader, alice: Reader):
    root.submit("/catalogs", name="lent")
    root.submit("/owners", kind="catalog", name="lent", owner="alice")
    answer = alice.submit("/owners", kind="catalog", name="lent", owner="bob")
    assert answer.location == "/?notice=owner-changed"
    assert alice.get("/catalogs/lent").status_code == 404


@pytest.mark.parametrize(
    "path, more",
    [("/grants", {"principal": "bob", "item": "BROWSE"}), ("/owners", {"owner": "bob"})],
)
def test_a_change_of_rights_on_a_key_leads_to_the_key(
    root: Reader, path: str, more: dict[str, str]
):
    answer = root.submit(path, kind="key", name="metastore", **more)
    assert answer.status_code == 303
    assert answer.location.startswith("/keys/metastore?notice=")


def test_nobody_unknown_becomes_an_owner(alice: Reader):
    form = {"kind": "registered_model", "name": "ml.prod.detector", "owner": "nobody"}
    assert alice.submit("/owners", **form).status_code == 404


def test_an_isolated_catalog_is_kept_from_other_workspaces(root: Reader, dora: Reader):
    root.submit("/catalogs/ml/isolate")
    assert "isolated" in root.get("/catalogs/ml/workspaces").text
    assert dora.get(MODEL).status_code == 404
    root.submit("/catalogs/ml/open")
    assert dora.get(MODEL).status_code == 200


def test_isolating_keeps_the_workspace_one_works_in(root: Reader, alice: Reader):
    root.submit("/catalogs/ml/isolate")
    assert "read and write" in root.get("/catalogs/ml/workspaces").text
    assert alice.get(MODEL).status_code == 200


def test_a_workspace_is_bound_to_read_only_and_unbound(root: Reader):
    root.submit("/workspaces", name="lab")
    root.submit("/catalogs/ml/workspaces", workspace="lab", access="read")
    assert "read only" in root.get("/catalogs/ml/workspaces").text
    root.submit("/catalogs/ml/workspaces/remove", workspace="lab")
    assert "read only</td>" not in root.get("/catalogs/ml/workspaces").text


@pytest.mark.parametrize("path", ["isolate", "open", "workspaces", "workspaces/remove"])
def test_who_does_not_manage_a_catalog_binds_it_nowhere(alice: Reader, path: str):
    assert alice.submit(f"/catalogs/ml/{path}", workspace="default").status_code == 403
    assert "/catalogs/ml/workspaces" not in alice.get("/catalogs/ml").text


def test_a_key_is_destroyed_only_by_its_name_typed_again(root: Reader):
    root.submit("/keys", name="spare")
    assert root.submit("/keys/spare/destroy", confirmation="spar", days="7").status_code == 400
    assert root.submit("/keys/spare/destroy", confirmation="spare", days="1").status_code == 400
    answer = root.submit("/keys/spare/destroy", confirmation="spare", days="7")
    assert answer.location == "/keys/spare?notice=key-doomed"
    assert "pending deletion" in root.get("/keys/spare").text


def test_a_key_waits_as_long_as_the_setting_says(application: Flask, root: Reader):
    services: Services = application.extensions["muniment"]
    settings = replace(services.settings, keys=replace(services.settings.keys, waiting_days=11))
    application.extensions["muniment"] = replace(services, settings=settings)
    root.submit("/keys", name="spare")
    assert re.search(r'name="days"[^>]*value="11"', root.get("/keys/spare").text)
    root.submit("/keys/spare/destroy", confirmation="spare")
    with services.database.session() as session:
        row = session.execute(select(keys).where(keys.c.destroy_at.is_not(None))).one()
    assert row.destroy_at - row.state_changed_at == 11 * 24 * 60 * 60 * 1000


def test_a_doomed_key_is_kept_and_then_disabled(root: Reader):
    root.submit("/keys", name="spare")
    root.submit("/keys/spare/destroy", confirmation="spare", days="7")
    assert root.submit("/keys/spare/keep").location == "/keys/spare?notice=key-kept"
    assert ">disabled<" in root.get("/keys/spare").text


def test_the_metastores_own_key_is_not_offered_to_be_destroyed(root: Reader):
    assert "Destroy this key" not in root.get("/keys/metastore").text
    answer = root.submit("/keys/metastore/destroy", confirmation="metastore", days="7")
    assert answer.status_code == 409


def test_who_does_not_see_a_key_neither_destroys_nor_keeps_it(alice: Reader):
    form = {"confirmation": "metastore", "days": "7"}
    assert alice.submit("/keys/metastore/destroy", **form).status_code == 404
    assert alice.submit("/keys/metastore/keep").status_code == 404


def test_a_rotation_re_wraps_what_is_under_the_key(root: Reader, alice: Reader, world: World):
    answer = root.submit("/keys/metastore/rotate")
    assert answer.location == "/keys/metastore?notice=key-rewrapped"
    text = root.get("/keys/metastore").text
    assert re.search(r"<dt>To re-wrap</dt>\s*<dd>\s*0\s*</dd>", text)
    assert alice.get(FILE.format(run=world.run_id)).data == b"how it went"


def test_the_files_of_a_version_are_listed_with_their_hashes(bob: Reader):
    text = bob.get(f"{MODEL}/versions/1/files").text
    assert "how.txt" in text
    assert re.search(r">[0-9a-f]{64}<", text)


def test_a_file_of_a_version_is_sent_as_a_download(bob: Reader):
    answer = bob.get(f"{MODEL}/versions/1/files/how.txt")
    assert answer.data == b"how it went"
    assert answer.headers["Content-Disposition"] == "attachment; filename=how.txt"
    assert answer.mimetype == "application/octet-stream"


def test_versions_are_compared_by_metrics_parameters_and_files(bob: Reader):
    text = bob.get(f"{MODEL}/compare?left=1&right=2").text
    assert "0.93" in text
    assert "how.txt" in text
    assert "the same" in text


def test_who_may_not_load_a_model_compares_no_files_and_no_hidden_run(dora: Reader):
    text = dora.get(f"{MODEL}/compare?left=1&right=2").text
    assert "how.txt" not in text
    assert "0.93" not in text
    assert "EXECUTE" in text or "USE CATALOG" in text


@pytest.mark.parametrize(
    "asked, status", [("left=1&right=9", 404), ("left=x&right=1", 200), ("", 200)]
)
def test_only_versions_that_there_are_can_be_compared(bob: Reader, asked: str, status: int):
    assert bob.get(f"{MODEL}/compare?{asked}").status_code == status


def test_a_refusal_on_the_metastore_says_so(alice: Reader):
    answer = alice.submit("/catalogs", name="fresh")
    assert "on the metastore needs CREATE CATALOG" in answer.text
