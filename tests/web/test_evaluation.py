"""The pages of evaluation datasets: what is listed, what is read, and to whom it is offered."""

from flask import Flask

from tests.application import ALICE, Person
from tests.web.world import Reader, World


def test_an_experiment_leads_to_its_evaluation_datasets(bob: Reader, world: World):
    listed = f"/experiments/{world.experiment_id}/evaluation"
    assert f'href="{listed}"' in bob.get(f"/experiments/{world.experiment_id}").text
    text = bob.get(listed).text
    assert f'href="/evaluation-datasets/{world.dataset_id}"' in text
    for shown in ("golden", "60", "team: search"):
        assert shown in text


def test_scorers_are_listed_to_whoever_reads_them(bob: Reader, root: Reader, world: World):
    page = f"/experiments/{world.experiment_id}/evaluation"
    assert "polite" in bob.get(page).text
    assert "polite" not in root.get(page).text


def test_records_are_read_in_pages_and_are_text(bob: Reader, world: World):
    page = f"/evaluation-datasets/{world.dataset_id}"
    first = bob.get(page).text
    assert "&lt;why 0&gt;" in first
    assert "&lt;why 50&gt;" not in first
    following = first.partition(f'href="{page}?page=')[2].partition('"')[0]
    second = bob.get(f"{page}?page={following}").text
    assert "&lt;why 59&gt;" in second
    assert "Next page" not in second


def test_whoever_manages_sees_that_it_is_there_and_no_record(root: Reader, world: World):
    text = root.get(f"/evaluation-datasets/{world.dataset_id}").text
    assert "60 records" in text
    assert "why" not in text
    assert "item=READ+EXPERIMENT" in text


def test_its_pages_stand_below_experiments(bob: Reader, world: World):
    for page in (f"experiments/{world.experiment_id}/evaluation", "evaluation-datasets/{}"):
        text = bob.get(f"/{page.format(world.dataset_id)}").text
        current = text.partition('aria-current="page"')[2].partition("</a>")[0]
        assert "Experiments" in current


def test_whoever_browses_is_offered_to_ask(dora: Reader, world: World):
    text = dora.get(f"/experiments/{world.experiment_id}/evaluation").text
    assert "golden" not in text
    assert "item=READ+EXPERIMENT" in text


def test_a_data_set_of_another_experiment_says_so(alice: Reader, application: Flask, world: World):
    person = Person(application.test_client(), world.template.tokens[ALICE])
    made = person.post("/api/2.0/mlflow/experiments/create", name="ml.prod.other").get_json()
    other = made["experiment_id"]
    path = f"/api/3.0/mlflow/datasets/{world.dataset_id}/add-experiments"
    assert person.post(path, experiment_ids=[other]).status_code == 200
    said = "of another experiment"
    assert said in alice.get(f"/experiments/{other}/evaluation").text
    assert said not in alice.get(f"/experiments/{world.experiment_id}/evaluation").text
