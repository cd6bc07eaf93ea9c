"""What pages show, in full and in part."""

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.tables import audit_events
from app.edge import Services
from app.web.blueprint import STATIC
from app.web.models import preferred_alias
from tests.application import ALICE, BOB, Person
from tests.web.world import Reader, World

TEMPLATES = sorted(Path(STATIC).parent.joinpath("templates").glob("*.html"))


def test_runs_are_filtered_in_mlflows_words(bob: Reader, world: World):
    page = f"/experiments/{world.experiment_id}"
    assert ">first<" in bob.get(f"{page}?filter=metrics.accuracy > 0.9").text
    assert ">first<" not in bob.get(f"{page}?filter=metrics.accuracy > 0.99").text


def test_a_filter_that_does_not_parse_is_explained(bob: Reader, world: World):
    answer = bob.get(f"/experiments/{world.experiment_id}?filter=metrics.accuracy >")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["/experiments/1?filter=params.depth = '3'", "/search?q=detector", "/audit", "/people?q=a"],
)
def test_a_partial_is_the_same_block_of_the_whole_page(root: Reader, path: str):
    part = root.get(path, htmx=True)
    assert part.headers["Vary"] == "HX-Request"
    assert "<html" not in part.text
    first = next(line for line in part.text.splitlines() if line.strip())
    assert first in root.get(path).text


def test_a_sorted_column_says_which_way(bob: Reader, world: World):
    page = f"/experiments/{world.experiment_id}?order=metrics.loss asc"
    assert 'aria-sort="ascending"' in bob.get(page).text


def test_the_chart_has_the_figures_of_the_run(bob: Reader, world: World):
    text = bob.get(f"/runs/{world.run_id}/metrics/loss").text
    found = re.search(r'data-chart="([^"]+)"', text)
    assert found is not None
    steps, values = json.loads(found[1])
    assert steps == list(range(20))
    assert values[1] == 0.5


def test_a_version_shows_the_metrics_of_its_run_to_who_may_read_them(bob: Reader, dora: Reader):
    assert "0.93" in bob.get("/models/ml.prod.detector/versions").text
    text = dora.get("/models/ml.prod.detector/versions").text
    assert "0.93" not in text
    assert "a run that you may not read" in text


def test_a_model_tells_how_to_load_it_by_its_real_name(bob: Reader):
    assert "models:/ml.prod.detector@champion" in bob.get("/models/ml.prod.detector").text


@pytest.mark.parametrize(
    "aliases, chosen",
    [
        ({"challenger": 2, "champion": 1}, "champion"),
        ({"a": 1, "Production": 2}, "Production"),
        ({"stable": 1, "prod": 2}, "prod"),
        ({"challenger": 2}, "latest"),
        ({}, "latest"),
    ],
)
def test_a_model_is_loaded_by_the_alias_that_is_meant_for_it(aliases: dict[str, int], chosen: str):
    assert preferred_alias(aliases) == chosen


def test_a_model_at_home_is_loaded_by_its_short_name(application: Flask, world: World):
    client = Person(application.test_client(), world.template.tokens["alice"])
    client.post("/api/2.0/mlflow/registered-models/create", name="red wine")
    text = Reader(application, "alice").get("/models/default.default.`red wine`").text
    assert "models:/red wine@latest" in text


def test_grants_are_shown_with_where_they_come_from(alice: Reader):
    text = alice.get("/models/ml.prod.detector/permissions").text
    assert "from catalog ml" in text
    assert "role reader" in text


def test_those_who_may_load_a_model_are_told_person_by_person(alice: Reader):
    text = alice.get("/models/ml.prod.detector/permissions?show=able").text
    assert "bob" in text
    assert "to readers" in text
    assert "principal=bob" in text
    assert "charlie" not in text


def test_who_may_not_read_the_grants_is_not_told_who_may(bob: Reader):
    page = "/models/ml.prod.detector/permissions"
    assert "show=able" not in bob.get(page).text
    assert bob.get(f"{page}?show=able").status_code == 403


def test_grants_from_above_that_differ_in_nothing_else_are_one_line(root: Reader, alice: Reader):
    for item in ("BROWSE", "USE CATALOG"):
        root.submit("/grants", kind="catalog", name="ml", item=item, principal="charlie")
    above = re.findall(r"(?s)<tr>.*?</tr>", alice.get("/models/ml.prod.detector/permissions").text)
    (line,) = [row for row in above if "charlie" in row]
    assert ">BROWSE<" in line
    assert ">USE CATALOG<" in line


def test_who_manages_a_model_need_not_ask_for_it(root: Reader, dora: Reader):
    assert "can grant that to yourself" in root.get("/models/ml.prod.detector").text
    assert "Request access" not in root.get("/models/ml.prod.detector").text
    assert "Request access" in dora.get("/models/ml.prod.detector").text


def test_a_run_leads_to_the_versions_that_were_made_of_it(bob: Reader, world: World):
    text = bob.get(f"/runs/{world.run_id}").text
    assert "ml.prod.detector, version 1" in text
    assert 'href="/models/ml.prod.detector/lineage?version=2"' in text


def test_the_table_of_lineage_leads_where_its_picture_does(bob: Reader, world: World):
    text = bob.get("/models/ml.prod.detector/lineage").text
    table = text[text.index("<table") :]
    assert f'href="/runs/{world.run_id}"' in table
    assert table.index("input") < table.index("registered from")


def test_lineage_is_a_picture_and_the_same_as_a_table(bob: Reader):
    text = bob.get("/models/ml.prod.detector/lineage").text
    assert '<svg width="' in text
    assert "registered from" in text


def test_what_is_hidden_is_hatched_and_not_named_in_lineage(charlie: Reader, root: Reader):
    for kind, name, item in (
        ("catalog", "ml", "USE CATALOG"),
        ("schema", "ml.prod", "USE SCHEMA"),
        ("registered_model", "ml.prod.detector", "EXECUTE"),
    ):
        root.submit("/grants", kind=kind, name=name, item=item, principal="charlie")
    text = charlie.get("/models/ml.prod.detector/lineage").text
    assert "hidden run" in text
    assert "masked" in text
    assert "first" not in text
    assert "nightly" not in text


def test_the_log_names_who_a_rule_is_about_and_leads_on(root: Reader, bob: Reader):
    assert bob.get("/models/ml.prod.detector").status_code == 200
    text = root.get("/audit?principal=bob&operation=registered_model.read").text
    assert "to readers" in text
    assert re.search(r'href="/audit\?request_id=[0-9a-f]+"', text)
    assert 'href="/audit?securable=ml.prod.detector"' in text


def test_one_request_of_the_log_can_be_narrowed_further(root: Reader):
    text = root.get("/audit?request_id=0123").text
    assert 'name="request_id"' in text
    assert 'value="0123"' in text


def test_the_view_of_the_log_that_is_shown_is_marked(root: Reader):
    text = root.get("/audit?operation=grant.change").text
    (current,) = re.findall(r'aria-current="page">\s*([^<]*?)\s*</a>', text.split("<main")[1])
    assert current == "Grants"


def test_only_who_reads_the_log_is_led_through_it(alice: Reader):
    text = alice.get("/models/ml.prod.detector/log").text
    assert "registered_model.create" in text
    assert "/audit?" not in text


def test_the_log_is_narrowed_by_the_address(root: Reader):
    text = root.get("/audit?operation=registered_model.create&principal=alice").text
    assert "registered_model.create" in text
    assert "run.create" not in text


def test_a_download_is_never_shown_as_a_page(bob: Reader, world: World):
    answer = bob.get(f"/runs/{world.run_id}/files/notes/how.txt")
    assert answer.data == b"how it went"
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=how.txt"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_files_that_pages_load_are_kept_until_they_change(anonymous: Reader):
    address = re.search(r'href="(/static/base\.css\?v=\w{12})"', anonymous.get("/sign-in").text)
    assert address is not None
    answer = anonymous.get(address[1])
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["../factory.py", "%2e%2e/factory.py", "absent.css"])
def test_no_other_file_is_sent(anonymous: Reader, path: str):
    assert anonymous.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_nothing_that_the_policy_forbids(template: Path):
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|hx-on|hx-vals=.js:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_form_that_changes_something_carries_the_token(template: Path):
    text = template.read_text(encoding="utf-8")
    changes = re.findall(r'<form[^>]*method="post"[^>]*>(.*?)</form>', text, re.DOTALL)
    if template.stem != "sign_in":
        assert all("csrf()" in form for form in changes)


def test_a_run_tells_who_made_it_whatever_its_client_said(
    application: Flask, alice: Reader, world: World
):
    client = Person(application.test_client(), world.template.tokens[ALICE])
    for said, shown in (("bob", "by alice, who said bob ·"), ("alice", "by alice ·")):
        made = client.post(
            "/api/2.0/mlflow/runs/create", experiment_id=world.experiment_id, user_id=said
        )
        info = json.loads(made.text)["run"]["info"]
        assert info["user_id"] == said
        assert shown in alice.get(f"/runs/{info['run_id']}").text


def test_reading_a_file_of_a_run_is_told_by_its_path(application: Flask, bob: Reader, world: World):
    bob.get(f"/runs/{world.run_id}/files/notes/how.txt")
    services: Services = application.extensions["muniment"]
    with services.database.session() as session:
        wanted = audit_events.c.operation == "artifact.read"
        newest = select(audit_events).where(wanted).order_by(audit_events.c.seq.desc()).limit(1)
        event = session.execute(newest).one()
    assert (event.principal_name, "notes/how.txt" in event.details) == (BOB, True)
