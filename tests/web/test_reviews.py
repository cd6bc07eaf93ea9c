"""The pages of review queues and issues: what is listed, and to whom."""

from html import unescape

from flask import Flask

from tests.application import ALICE, Person
from tests.web.world import Reader, World


def test_an_experiment_leads_to_its_queues_and_questions(bob: Reader, world: World):
    listed = f"/experiments/{world.experiment_id}/reviews"
    assert f'href="{listed}"' in bob.get(f"/experiments/{world.experiment_id}").text
    text = bob.get(listed).text
    assert f'href="/review-queues/{world.queue_id}"' in text
    for shown in ("tasting", "bob", "1 of the questions", "taste", "dry or sweet", "Feedback"):
        assert shown in text


def test_a_queue_leads_to_its_traces(bob: Reader, world: World):
    text = bob.get(f"/review-queues/{world.queue_id}").text
    assert f'href="/traces/{world.trace_id}"' in text
    assert "pending" in text


def test_a_queue_is_narrowed_to_a_state(bob: Reader, application: Flask, world: World):
    done = f"/review-queues/{world.queue_id}?status=complete"
    assert world.trace_id not in bob.get(done).text
    person = Person(application.test_client(), world.template.tokens[ALICE])
    told = {"queue_id": world.queue_id, "item_id": world.trace_id, "status": "COMPLETE"}
    answer = person.post("/api/3.0/mlflow/review-queues/items/set-status", **told)
    assert answer.status_code == 200, answer.text
    assert world.trace_id in bob.get(done).text
    assert world.trace_id not in bob.get(done.replace("complete", "pending")).text


def test_an_unknown_state_is_named(bob: Reader, world: World):
    answer = bob.get(f"/review-queues/{world.queue_id}?status=lost")
    assert answer.status_code == 400
    assert "pending, complete, declined" in answer.text


def test_an_issue_leads_to_the_traces_that_show_it(bob: Reader, world: World):
    text = bob.get(f"/experiments/{world.experiment_id}/issues").text
    for shown in ("empty shelf", "&lt;nothing found&gt;", "high"):
        assert shown in text
    way = text.partition(f'href="/experiments/{world.experiment_id}/traces?filter=')[2]
    wanted = unescape(way.partition('"')[0])
    traces = f"/experiments/{world.experiment_id}/traces?filter={wanted}"
    assert f'href="/traces/{world.trace_id}"' in bob.get(traces).text


def test_whoever_browses_is_offered_to_ask(dora: Reader, world: World):
    for page, hidden in (("reviews", "tasting"), ("issues", "empty shelf")):
        text = dora.get(f"/experiments/{world.experiment_id}/{page}").text
        assert hidden not in text
        assert "item=READ+EXPERIMENT" in text


def test_whoever_manages_sees_who_reviews_and_no_issue(root: Reader, world: World):
    assert "tasting" in root.get(f"/experiments/{world.experiment_id}/reviews").text
    assert "empty shelf" not in root.get(f"/experiments/{world.experiment_id}/issues").text
