"""MLflow's own pages in Chromium: they show what their reader may see, and break no policy."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect, sync_playwright

from tests.web.browser import Server, open_page
from tests.web.gallery import QUESTION, Gallery, hang
from tests.web.world import EXPERIMENT, MODEL, World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The pages ask for what no server has that is without an assistant, a gateway and MLflow's own
# accounts, and whether a name is still free.
ABSENT = re.compile(
    r"/mlflow/ajax-api/\d\.0/mlflow/(users/current|assistant/|gateway/|experiments/get-by-name)"
)
# What parts of the pages tell their own developers, and Chromium of drawing in software.
CHATTER = re.compile(
    r"AG Grid: since|ResizeObserver loop completed|of chart should be greater than 0|GPU stall"
)
# Where there are no traces they would show one of their makers', from their host.
FILM = re.compile(r"media-src .*https://mlflow\.org|https://mlflow\.org/.* violates")
WINDOW = {"viewport": {"width": 1600, "height": 1000}}
REFUSED = re.compile(r"the server responded with a status of 40[34]")


def tolerates(message: ConsoleMessage) -> bool:
    asked = ABSENT.search(message.location["url"])
    return bool(CHATTER.search(message.text) or (asked and REFUSED.search(message.text)))


def tolerates_refusals(message: ConsoleMessage) -> bool:
    is_error_of_theirs = message.location["url"].endswith(".js")
    is_told = REFUSED.search(message.text) or FILM.search(message.text)
    return tolerates(message) or is_error_of_theirs or bool(is_told)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    # Drawing in software: the plots of parallel coordinates need WebGL.
    arguments = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def server(application: Flask) -> Iterator[Server]:
    with Server(application) as server:
        yield server


@pytest.fixture
def gallery(application: Flask, world: World) -> Gallery:
    return hang(application, world)


@pytest.fixture
def alice(browser: Browser, server: Server, gallery: Gallery) -> Iterator[Page]:
    with open_page(browser, server, "alice", tolerates=tolerates, **WINDOW) as page:
        yield page


@pytest.fixture
def bob(browser: Browser, server: Server, gallery: Gallery) -> Iterator[Page]:
    with open_page(browser, server, "bob", tolerates=tolerates, **WINDOW) as page:
        yield page


@pytest.fixture
def charlie(browser: Browser, server: Server, gallery: Gallery) -> Iterator[Page]:
    with open_page(browser, server, "charlie", tolerates=tolerates_refusals, **WINDOW) as page:
        yield page


@pytest.mark.parametrize("reader", ["alice", "bob"])
def test_the_experiments_are_listed(request: pytest.FixtureRequest, reader: str):
    page: Page = request.getfixturevalue(reader)
    page.goto("/mlflow/#/experiments")
    page.get_by_role("link", name=EXPERIMENT).click()
    expect(page).to_have_url(re.compile("/mlflow/#/experiments/[0-9]+"))


def test_runs_are_listed_with_what_they_logged(bob: Page, gallery: Gallery):
    bob.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/runs")
    expect(bob.get_by_role("link", name="second")).to_be_visible()
    expect(bob.get_by_role("link", name="first")).to_be_visible()
    expect(bob.get_by_text("2 matching runs")).to_be_visible()


def test_runs_are_filtered(alice: Page, gallery: Gallery):
    alice.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/runs")
    expect(alice.get_by_role("link", name="first")).to_be_visible()
    search = alice.get_by_role("combobox", name="Search runs").or_(
        alice.locator("input[placeholder*='metrics.rmse']")
    )
    search.first.fill("metrics.accuracy > 0.94")
    search.first.press("Enter")
    expect(alice.get_by_text("1 matching run")).to_be_visible()
    expect(alice.get_by_role("link", name="second")).to_be_visible()


def test_a_run_is_shown_with_its_model(bob: Page, gallery: Gallery):
    bob.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/runs/{gallery.other_id}")
    expect(bob.get_by_role("heading", name="first")).to_be_visible()
    expect(bob.get_by_role("link", name=MODEL).first).to_be_visible()
    expect(bob.get_by_text("(d1)").first).to_be_visible()


def test_a_metric_is_drawn(bob: Page, gallery: Gallery):
    bob.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/runs/{gallery.run_id}/model-metrics")
    expect(bob.locator(".js-plotly-plot .scatterlayer .trace path.js-line").first).to_be_visible()


def test_runs_are_compared(bob: Page, gallery: Gallery):
    runs = f'["{gallery.run_id}","{gallery.other_id}"]'
    bob.goto(f'/mlflow/#/compare-runs?runs={runs}&experiments=["{gallery.experiment_id}"]')
    expect(bob.get_by_text("Comparing 2 Runs from 1 Experiment")).to_be_visible()
    expect(bob.locator("canvas.gl-canvas").first).to_be_visible()
    expect(bob.get_by_text("WebGL is not supported")).to_have_count(0)
    bob.get_by_role("tab", name="Scatter Plot").click()
    plot = bob.get_by_role("tabpanel", name="Scatter Plot").locator(".js-plotly-plot")
    expect(plot.first).to_be_visible()


def test_files_are_shown_by_their_kind(bob: Page, gallery: Gallery):
    bob.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/runs/{gallery.run_id}/artifacts")
    bob.get_by_text("dot.png").click()
    expect(bob.locator(".image-outer-container img, img[src^='blob:']").first).to_be_visible()
    bob.get_by_text("page.html").click()
    expect(bob.frame_locator("iframe#html").get_by_role("heading")).to_have_text("Hello")
    bob.get_by_text("settings.json").click()
    expect(bob.get_by_text('"depth"')).to_be_visible()
    bob.get_by_text("notes.md").click()
    expect(bob.get_by_text("How it went")).to_be_visible()


def test_a_model_is_shown_with_its_versions(bob: Page):
    bob.goto(f"/mlflow/#/models/{MODEL}")
    expect(bob.get_by_text("@ champion")).to_be_visible()
    expect(bob.get_by_role("link", name=re.compile("Version [123]"))).to_have_count(3)
    bob.goto(f"/mlflow/#/models/{MODEL}/versions/3")
    expect(bob.get_by_role("link", name="second")).to_be_visible()


def test_a_trace_is_shown_with_its_spans(bob: Page, gallery: Gallery):
    bob.goto(f"/mlflow/#/experiments/{gallery.experiment_id}/traces")
    bob.get_by_text(QUESTION).first.click()
    expect(bob.get_by_text("because").last).to_be_visible()


def test_evaluation_datasets_are_listed_with_their_ages(bob: Page, world: World):
    bob.goto(f"/mlflow/#/experiments/{world.experiment_id}/datasets")
    row = bob.get_by_role("row").filter(has=bob.get_by_role("link", name="golden"))
    ages = row.get_by_role("cell").filter(has_text=re.compile("ago|now"))
    expect(ages).to_have_count(2)  # when it was changed, and when it was made


def test_the_pages_change_what_their_reader_may(alice: Page, gallery: Gallery):
    alice.goto("/mlflow/#/experiments")
    alice.get_by_test_id("create-experiment-button").click()
    alice.get_by_placeholder("Input an experiment name").fill("ml.prod.from-the-page")
    alice.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(alice).to_have_url(re.compile("/mlflow/#/experiments/(?!1/)[0-9]+"))
    alice.goto("/mlflow/#/experiments")
    listed = alice.get_by_test_id("experiment-list-item-link").filter(has_text="from-the-page")
    expect(listed).to_be_visible()


def test_a_stranger_finds_nothing_and_is_told_no_name(charlie: Page, gallery: Gallery):
    told: list[str] = []
    charlie.on("response", lambda answer: told.append(words_of(answer)))
    experiment = f"/experiments/{gallery.experiment_id}"
    for path, asks in (
        ("/experiments", "experiments/search"),
        (experiment, "graphql"),
        (f"{experiment}/runs", "runs/search"),
        (f"{experiment}/runs/{gallery.run_id}", "graphql"),
        (f"{experiment}/runs/{gallery.run_id}/artifacts", "graphql"),
        (f"{experiment}/traces", "traces/search"),
        ("/models", "registered-models/search"),
        (f"/models/{MODEL}", "registered-models/get"),
    ):
        charlie.goto("about:blank")
        with charlie.expect_response(re.compile(asks)):
            charlie.goto(f"/mlflow/#{path}")
        expect(charlie.get_by_role("main")).not_to_be_empty()
        told.append(charlie.get_by_role("main").inner_text())
    for name in ("nightly", "second", "accuracy", "payments", "champion", QUESTION):
        assert name not in "\n".join(told)


def words_of(answer: Response) -> str:
    """Return what a call of the pages got; their own files are the package's."""
    return "" if "/static-files/" in answer.url else answer.text()


def test_whoever_is_signed_out_meanwhile_is_shown_nothing(
    browser: Browser, server: Server, gallery: Gallery
):
    with open_page(browser, server, None, tolerates=tolerates_refusals) as page:
        page.goto("/mlflow/#/experiments")
        expect(page).to_have_url(re.compile("/sign-in"))
