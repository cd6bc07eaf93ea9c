"""Who gets which page: anonymous, a stranger, one who browses, a reader, the owner, root."""

from collections.abc import Mapping

import pytest
from flask import Flask

from tests.web.world import Reader, World

IN, HIDDEN, DENIED, OK = 303, 404, 403, 200
NOWHERE = 400  # in no workspace
NAMES = (None, "charlie", "dora", "bob", "alice", "admin")
EVERYBODY = (IN, OK, OK, OK, OK, OK)
WHO_SEES = (IN, HIDDEN, OK, OK, OK, OK)
WHO_READS_RUNS = (IN, HIDDEN, DENIED, OK, OK, OK)
WHO_READS_BYTES = (IN, HIDDEN, DENIED, OK, OK, DENIED)
WHO_MANAGES = (IN, HIDDEN, DENIED, DENIED, OK, OK)
GOVERNORS = (IN, DENIED, DENIED, DENIED, DENIED, OK)
WHO_SEES_KEYS = (IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, OK)
WHO_FINDS_NO_VERSION = (IN, HIDDEN, DENIED, HIDDEN, HIDDEN, DENIED)
NOBODY = (IN, HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN)

PAGES = {
    "/": EVERYBODY,
    "/catalogs": EVERYBODY,
    "/experiments": EVERYBODY,
    "/search?q=detector": EVERYBODY,
    "/keys": EVERYBODY,
    "/keyboard": EVERYBODY,
    "/policy": EVERYBODY,
    "/profile": EVERYBODY,
    "/access-requests": EVERYBODY,
    "/access-requests/new?kind=registered_model&name=ml.prod.detector": WHO_SEES,
    "/catalogs/ml": WHO_SEES,
    "/catalogs/ml/permissions": WHO_SEES,
    "/schemas/ml.prod": WHO_SEES,
    "/schemas/ml.prod/permissions": WHO_SEES,
    "/models/ml.prod.detector": WHO_SEES,
    "/models/ml.prod.detector/versions": WHO_SEES,
    "/models/ml.prod.detector/permissions": WHO_SEES,
    "/models/ml.prod.detector/lineage": WHO_SEES,
    "/models/ml.prod.detector/log": WHO_MANAGES,
    "/models/ml.prod.detector/compare?left=1&right=2": WHO_SEES,
    "/models/ml.prod.detector/versions/1/files": WHO_READS_BYTES,
    "/models/ml.prod.detector/versions/1/files/how.txt": WHO_READS_BYTES,
    "/models/ml.prod.detector/versions/3/files": WHO_FINDS_NO_VERSION,
    "/datasets/ml.prod.payments": WHO_SEES,
    "/datasets/ml.prod.payments/permissions": WHO_SEES,
    "/datasets/ml.prod.payments/lineage": WHO_SEES,
    "/datasets/ml.prod.payments/log": WHO_MANAGES,
    "/access-requests/new?kind=table&name=ml.prod.payments": WHO_SEES,
    "/explain?kind=table&name=ml.prod.payments&operation=table.read": WHO_SEES,
    "/datasets/ml.prod.absent": NOBODY,
    "/catalogs/ml/workspaces": (IN, HIDDEN, DENIED, DENIED, DENIED, OK),
    "/trash": EVERYBODY,
    "/experiments/{experiment}": WHO_SEES,
    "/experiments/ml.prod.nightly/permissions": WHO_SEES,
    "/experiments/{experiment}/evaluation": WHO_SEES,
    "/evaluation-datasets/{dataset}": WHO_READS_RUNS,
    "/experiments/{experiment}/issues": WHO_SEES,
    "/experiments/{experiment}/reviews": WHO_SEES,
    "/review-queues/{queue}": WHO_READS_RUNS,
    "/experiments/{experiment}/traces": WHO_SEES,
    "/traces/{trace}": WHO_READS_BYTES,
    "/runs/{run}": WHO_READS_RUNS,
    "/runs/{run}/metrics/loss": WHO_READS_RUNS,
    "/runs/{run}/files/notes/how.txt": WHO_READS_BYTES,
    "/explain?kind=registered_model&name=ml.prod.detector&operation=model_version.load": WHO_SEES,
    "/explain?kind=schema&name=ml.prod&operation=schema.read&principal=charlie": WHO_MANAGES,
    "/audit": GOVERNORS,
    "/people": GOVERNORS,
    "/workspaces": GOVERNORS,
    "/webhooks": (IN, NOWHERE, NOWHERE, NOWHERE, DENIED, OK),
    "/keys/metastore": WHO_SEES_KEYS,
    "/keys/metastore/disable": WHO_SEES_KEYS,
    "/models/ml.prod.absent": NOBODY,
    "/schemas/ml.absent": NOBODY,
    "/catalogs/absent": NOBODY,
    "/keys/absent": NOBODY,
    "/experiments/424242": NOBODY,
    "/runs/00000000000000000000000000000000": NOBODY,
}


@pytest.fixture
def readers(application: Flask) -> Mapping[str | None, Reader]:
    return {name: Reader(application, name) for name in NAMES}


def test_every_page_answers_each_role_as_it_should(
    readers: Mapping[str | None, Reader], world: World
):
    found = {}
    for template in PAGES:
        path = template.format(
            experiment=world.experiment_id,
            run=world.run_id,
            dataset=world.dataset_id,
            queue=world.queue_id,
            trace=world.trace_id,
        )
        found[template] = tuple(readers[name].get(path).status_code for name in NAMES)
    assert found == PAGES


def test_a_hidden_page_and_an_absent_one_look_the_same(charlie: Reader):
    hidden = charlie.get("/models/ml.prod.detector")
    absent = charlie.get("/models/ml.prod.no-such")
    assert hidden.text == absent.text.replace("no-such", "detector")


@pytest.mark.parametrize("path", ["/", "/catalogs", "/experiments", "/search?q=prod", "/policy"])
def test_a_stranger_reads_no_name_of_what_is_hidden(charlie: Reader, path: str):
    text = charlie.get(path).text
    assert "ml.prod" not in text
    assert "detector" not in text
    assert "nightly" not in text


def test_a_refusal_says_what_is_missing_who_gives_it_and_where_to_ask(dora: Reader, world: World):
    answer = dora.get(f"/runs/{world.run_id}")
    assert answer.status_code == 403
    assert "READ EXPERIMENT" in answer.text
    assert "alice" in answer.text
    assert "/access-requests/new?id=" in answer.text


def test_a_reader_is_offered_nothing_that_it_may_not_do(bob: Reader):
    text = bob.get("/models/ml.prod.detector/permissions").text
    assert 'action="/grants"' not in text
    assert "Revoke" not in text
    assert "Describe it" not in bob.get("/models/ml.prod.detector").text
    assert "Change aliases" not in bob.get("/models/ml.prod.detector/versions").text
    assert 'action="/catalogs"' not in bob.get("/catalogs").text
    assert 'href="/audit"' not in bob.get("/").text


def test_the_owner_is_offered_what_it_may_do(alice: Reader):
    assert 'action="/grants"' in alice.get("/models/ml.prod.detector/permissions").text
    assert "Describe it" in alice.get("/models/ml.prod.detector").text
    assert "Change aliases" in alice.get("/models/ml.prod.detector/versions").text


def test_a_hit_that_may_only_be_browsed_offers_to_ask(bob: Reader, dora: Reader):
    assert "needs EXECUTE" in dora.get("/search?q=detector").text
    assert "needs EXECUTE" not in bob.get("/search?q=detector").text


def test_what_is_missing_on_the_way_is_what_one_is_sent_to_ask_for(root: Reader, dora: Reader):
    model = {"kind": "registered_model", "name": "ml.prod.detector", "principal": "dora"}
    root.submit("/grants", **model, item="EXECUTE")
    text = dora.get("/models/ml.prod.detector").text
    assert "takes USE CATALOG on catalog ml" in text
    assert "kind=catalog&amp;name=ml&amp;item=USE+CATALOG" in text


def test_an_explanation_names_the_way_through_a_group(bob: Reader):
    asked = "kind=registered_model&name=ml.prod.detector&operation=model_version.load"
    text = bob.get(f"/explain?{asked}").text
    assert "role:reader is granted to readers on ml" in text
    assert "bob → readers" in text


@pytest.mark.parametrize("asked", ["", "kind=x&name=a", "kind=catalog&name=ml&operation=fly"])
def test_an_explanation_of_nothing_known_is_refused(bob: Reader, asked: str):
    assert bob.get(f"/explain?{asked}").status_code == 400


def test_an_unknown_address_is_a_page_to_people_and_json_to_programs(application: Flask):
    client = application.test_client()
    page = client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Content-Security-Policy" in page.headers
    answer = client.get("/nowhere", headers={"Accept": "*/*"})
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
