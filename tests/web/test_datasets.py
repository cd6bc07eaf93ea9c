"""The pages of a data set: what is in it, who used it, who may, and the trash."""

import re

from tests.web.world import Reader, World

PAGE = "/datasets/ml.prod.payments"
TABLE = {"kind": "table", "name": "ml.prod.payments"}


def test_a_data_set_shows_its_columns_source_and_counts(bob: Reader):
    text = bob.get(PAGE).text
    for shown in ("amount", "double", "array&lt;string&gt;", "rows", "1797", "d1", "alice"):
        assert shown.lower() in text.lower()


def test_the_runs_that_used_it_are_listed_to_whoever_reads_them(
    bob: Reader, dora: Reader, world: World
):
    assert f'href="/runs/{world.run_id}"' in bob.get(PAGE).text
    text = dora.get(PAGE).text
    assert world.run_id not in text
    assert "No run that you may read has used it" in text


def test_a_data_set_stands_in_its_schema_and_is_found(bob: Reader):
    assert f'href="{PAGE}"' in bob.get("/schemas/ml.prod").text
    found = bob.get("/search?q=payments+type:dataset").text
    assert f'href="{PAGE}"' in found
    assert f'href="{PAGE}"' in bob.get("/search?q=payments&kind=dataset").text


def test_a_run_leads_to_the_data_set_under_its_present_name(bob: Reader, world: World):
    text = bob.get(f"/runs/{world.run_id}").text
    assert f'href="{PAGE}"' in text
    assert "cards" in text
    assert 'href="/datasets/cards' not in text


def test_its_lineage_leads_to_the_run_and_from_a_version_back_to_it(bob: Reader, world: World):
    assert f'href="/runs/{world.run_id}"' in bob.get(f"{PAGE}/lineage").text
    assert f'href="{PAGE}"' in bob.get("/models/ml.prod.detector/lineage").text


def test_a_reader_is_offered_to_ask_and_nothing_to_change(bob: Reader):
    text = bob.get(PAGE).text
    assert "kind=table&amp;name=ml.prod.payments&amp;item=SELECT" in text
    for offer in ("Describe it", "Set a tag", "Drop this data set"):
        assert offer not in text


def test_the_owner_describes_and_tags_it(alice: Reader):
    assert alice.submit(PAGE, comment="<b>All</b>").location == f"{PAGE}?notice=described"
    assert alice.submit(f"{PAGE}/tags", tag="pii", value="yes").status_code == 303
    text = alice.get(PAGE).text
    assert "&lt;b&gt;All&lt;/b&gt;" in text
    assert "Remove tag pii" in text
    alice.submit(f"{PAGE}/tags/remove", tag="pii")
    assert "Remove tag pii" not in alice.get(PAGE).text


def test_a_grant_on_a_data_set_is_in_force_from_the_next_request_on(
    root: Reader, alice: Reader, charlie: Reader
):
    root.submit("/grants", kind="catalog", name="ml", principal="charlie", item="USE CATALOG")
    root.submit("/grants", kind="schema", name="ml.prod", principal="charlie", item="USE SCHEMA")
    assert charlie.get(PAGE).status_code == 404
    made = alice.submit("/grants", **TABLE, principal="charlie", item="SELECT")
    assert made.location == f"{PAGE}/permissions?notice=granted&to=charlie"
    assert charlie.get(PAGE).status_code == 200
    assert "grant.change" in alice.get(f"{PAGE}/log").text
    alice.submit("/grants/revoke", **TABLE, principal="charlie", item="SELECT")
    assert charlie.get(PAGE).status_code == 404


def test_access_to_a_data_set_is_asked_for_and_given(alice: Reader, dora: Reader):
    asked = dora.submit("/access-requests", **TABLE, item="SELECT", reason="to count them")
    assert asked.status_code == 303
    assert "to count them" in alice.get(f"{PAGE}/permissions").text
    found = re.search(r"/access-requests/(\w+)/approve", alice.get("/access-requests").text)
    assert found is not None
    alice.submit(f"/access-requests/{found[1]}/approve")
    assert "dora" in alice.get(f"{PAGE}/permissions").text


def test_an_explanation_tells_why_a_data_set_is_seen(bob: Reader):
    text = bob.get("/explain?kind=table&name=ml.prod.payments&operation=table.read").text
    assert "role:reader is granted to readers on ml" in text


def test_a_dropped_data_set_is_brought_back(alice: Reader):
    assert alice.submit(f"{PAGE}/drop").location == "/trash?notice=dropped"
    assert alice.get(PAGE).status_code == 404
    heap = alice.get("/trash").text
    assert "Data sets" in heap
    found = re.search(r'value="table">\s*<input type="hidden" name="id" value="(\w+)"', heap)
    assert found is not None
    back = alice.submit("/trash/restore", kind="table", id=found[1])
    assert back.location == f"{PAGE}?notice=restored"
    assert alice.get(PAGE).status_code == 200


def test_the_lineage_of_a_version_names_a_dropped_data_set_without_a_link(alice: Reader):
    alice.submit(f"{PAGE}/drop")
    text = alice.get("/models/ml.prod.detector/lineage").text
    assert "data set, deleted" in text
    assert f'href="{PAGE}"' not in text
