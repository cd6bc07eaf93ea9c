"""The pages in Chromium: no complaint of the console, the policy or axe, whatever the window."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.application import PASSWORD
from tests.web.browser import Server, grave_violations, open_page, overflows
from tests.web.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = (
    "/",
    "/catalogs",
    "/catalogs/ml",
    "/catalogs/ml/permissions",
    "/catalogs/ml/workspaces",
    "/trash",
    "/schemas/ml.prod",
    "/search?q=detector",
    "/models/ml.prod.detector",
    "/models/ml.prod.detector/versions",
    "/models/ml.prod.detector/permissions",
    "/models/ml.prod.detector/compare?left=1&right=2",
    "/models/ml.prod.detector/lineage",
    "/models/ml.prod.detector/log",
    "/models/ml.prod.detector/permissions?show=able",
    "/datasets/ml.prod.payments",
    "/datasets/ml.prod.payments/permissions",
    "/datasets/ml.prod.payments/lineage",
    "/datasets/ml.prod.payments/log",
    "/experiments",
    "/experiments/{experiment}",
    "/experiments/{experiment}/evaluation",
    "/evaluation-datasets/{dataset}",
    "/experiments/{experiment}/issues",
    "/experiments/{experiment}/reviews",
    "/review-queues/{queue}",
    "/experiments/{experiment}/traces",
    "/runs/{run}",
    "/runs/{run}/metrics/loss",
    "/audit",
    "/keys",
    "/keys/metastore",
    "/keys/metastore/disable",
    "/webhooks",
    "/people",
    "/workspaces",
    "/policy",
    "/profile",
    "/access-requests",
    "/access-requests/new?kind=registered_model&name=ml.prod.detector",
    "/explain?kind=registered_model&name=ml.prod.detector&operation=model_version.load",
    "/keyboard",
)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def server(application: Flask) -> Iterator[Server]:
    with Server(application) as server:
        yield server


@pytest.fixture
def alice(browser: Browser, server: Server) -> Iterator[Page]:
    with open_page(browser, server, "alice") as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_has_a_grave_fault(
    browser: Browser, server: Server, world: World, scheme: str, width: int
):
    viewport = {"width": width, "height": 800}
    faults: list[str] = []
    options = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce"}
    with open_page(browser, server, "admin", **options) as page:
        for template in PATHS:
            path = template.format(
                experiment=world.experiment_id,
                run=world.run_id,
                dataset=world.dataset_id,
                queue=world.queue_id,
            )
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            faults += grave_violations(page)
            if overflows(page):
                faults.append(f"{path} is wider than {width} pixels")
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_traces_have_no_grave_fault_to_whoever_reads_them(
    browser: Browser, server: Server, world: World, scheme: str, width: int
):
    viewport = {"width": width, "height": 800}
    options = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce"}
    with open_page(browser, server, "alice", **options) as page:
        for path in (
            f"/experiments/{world.experiment_id}/traces",
            f"/traces/{world.trace_id}",
            f"/traces/{world.trace_id}?span={2:016x}",
        ):
            page.goto(path)
            assert grave_violations(page) == []
            assert not overflows(page), f"{path} is wider than {width} pixels"


def test_a_span_is_looked_at_in_place(alice: Page, server: Server, world: World):
    alice.goto(f"/traces/{world.trace_id}")
    alice.get_by_role("link", name="look up").click()
    expect(alice.get_by_text("the shelf is empty")).to_be_visible()
    expect(alice).to_have_url(f"{server.address}/traces/{world.trace_id}?span={2:016x}")
    alice.go_back()
    expect(alice.get_by_text("which wine goes with this?")).to_be_visible()


def test_the_sign_in_has_no_grave_fault(browser: Browser, server: Server):
    with open_page(browser, server, None) as page:
        page.goto("/sign-in")
        assert grave_violations(page) == []


@pytest.mark.parametrize("name", ["readers", "alice"])
def test_a_person_and_a_group_have_no_grave_fault(browser: Browser, server: Server, name: str):
    with open_page(browser, server, "admin") as page:
        page.goto("/people")
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        assert grave_violations(page) == []


def test_a_mistyped_address_has_no_grave_fault(browser: Browser, server: Server):
    context = browser.new_context(base_url=server.address)
    page = context.new_page()
    page.goto("/nowhere")
    assert grave_violations(page) == []
    context.close()


def test_everything_is_done_without_scripts(browser: Browser, server: Server):
    with open_page(browser, server, None, java_script_enabled=False) as page:
        page.goto("/keys")
        page.get_by_label("Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{server.address}/keys")
        page.get_by_role("link", name="metastore").click()
        page.get_by_role("link", name="Disable …").click()
        page.get_by_role("button", name="Disable the key").click()
        expect(page.get_by_role("status")).to_contain_text("nothing under this key can be read")
        page.get_by_role("button", name="Enable").click()
        expect(page.get_by_role("status")).to_contain_text("can be read again")


@pytest.mark.parametrize("width", [700, 900, 1000, 1087, 1088, 1200])
def test_the_bar_fits_at_every_width(browser: Browser, server: Server, width: int):
    with open_page(browser, server, "admin", viewport={"width": width, "height": 400}) as page:
        page.goto("/keyboard")
        assert not overflows(page)


def test_a_form_that_is_refused_is_corrected_without_scripts(browser: Browser, server: Server):
    options = {"java_script_enabled": False, "tolerates": lambda message: "404" in message.text}
    with open_page(browser, server, "alice", **options) as page:
        page.goto("/models/ml.prod.detector/permissions")
        page.get_by_label("Grant to").fill("charly")
        page.get_by_role("button", name="Grant").click()
        expect(page.get_by_role("alert")).to_contain_text("does not exist")
        wrong = page.get_by_label("User or group")
        expect(wrong).to_be_focused()
        wrong.fill("charlie")
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("status")).to_contain_text("Granted")
        expect(page.get_by_text("still may not load it")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_webhook_is_made_and_tried_without_scripts(browser: Browser, server: Server, width: int):
    options = {"viewport": {"width": width, "height": 800}}
    with open_page(browser, server, "admin", java_script_enabled=False, **options) as page:
        page.goto("/webhooks")
        page.get_by_label("Name").fill("ear")
        page.get_by_label("Send to").fill("https://localhost/hook")
        page.get_by_label("registered_model.created").check()
        page.get_by_role("button", name="Make a webhook").click()
        page.get_by_role("button", name="Send an example").click()
        expect(page.get_by_role("row", name="registered_model.created")).to_contain_text("failed")
        url = page.url
    with open_page(browser, server, "admin", **options) as page:
        for path in (url, "/webhooks"):
            page.goto(path)
            assert grave_violations(page) == []
            assert not overflows(page)


def test_a_grant_is_made_and_revoked_on_the_page(alice: Page):
    alice.goto("/models/ml.prod.detector/permissions")
    alice.get_by_label("Grant to").fill("charlie")
    alice.get_by_label("What", exact=True).select_option("EXECUTE")
    alice.get_by_label("Why").fill("to try it")
    alice.get_by_role("button", name="Grant", exact=True).click()
    expect(alice.get_by_role("row", name="charlie")).to_contain_text("to try it")
    assert "notice" not in alice.url
    alice.get_by_role("button", name="Revoke EXECUTE from charlie").click()
    expect(alice.get_by_role("row", name="charlie")).to_have_count(0)


def test_the_keyboard_is_enough_to_find_a_model(alice: Page, server: Server):
    alice.goto("/")
    alice.keyboard.press("/")
    alice.keyboard.type("detector")
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("link", name="ml.prod.detector")).to_be_visible()
    alice.keyboard.press("Tab")
    for _ in range(8):
        if alice.evaluate("document.activeElement.textContent").strip() == "ml.prod.detector":
            break
        alice.keyboard.press("Tab")
    alice.keyboard.press("Enter")
    expect(alice).to_have_url(f"{server.address}/models/ml.prod.detector")


def test_two_keys_lead_to_a_page_and_a_third_lists_them(alice: Page, server: Server):
    alice.goto("/")
    alice.keyboard.press("g")
    alice.keyboard.press("c")
    expect(alice).to_have_url(f"{server.address}/catalogs")
    alice.keyboard.press("?")
    expect(alice.get_by_role("dialog", name="Keyboard")).to_be_visible()
    alice.keyboard.press("Escape")
    expect(alice.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_the_first_tab_stop_skips_to_the_content(alice: Page):
    alice.goto("/catalogs")
    alice.keyboard.press("Tab")
    expect(alice.get_by_role("link", name="Skip to the content")).to_be_focused()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("main")).to_be_focused()


def test_results_come_while_typing_and_stand_in_the_address(alice: Page, server: Server):
    alice.goto("/search")
    alice.get_by_label("Words").press_sequentially("nightly")
    expect(alice.get_by_role("link", name="ml.prod.nightly")).to_be_visible()
    expect(alice).to_have_url(f"{server.address}/search?q=nightly")


def test_the_tree_opens_in_place(alice: Page, server: Server):
    alice.goto("/catalogs")
    tree = alice.get_by_role("navigation", name="Catalogs")
    tree.locator("summary").filter(has=alice.get_by_label("Schemas of ml")).click()
    expect(tree.get_by_role("link", name="prod")).to_be_visible()
    expect(alice).to_have_url(f"{server.address}/catalogs")


def test_the_tree_is_links_without_scripts(browser: Browser, server: Server):
    with open_page(browser, server, "alice", java_script_enabled=False) as page:
        page.goto("/catalogs")
        tree = page.get_by_role("navigation", name="Catalogs")
        tree.locator("summary").filter(has=page.get_by_label("Schemas of ml")).click()
        tree.get_by_role("link", name="Open ml").click()
        tree.get_by_role("link", name="prod").click()
        expect(page).to_have_url(f"{server.address}/schemas/ml.prod")


def test_a_picture_wider_than_the_window_is_scrolled_by_keys(browser: Browser, server: Server):
    with open_page(browser, server, "alice", viewport={"width": 390, "height": 800}) as page:
        page.goto("/models/ml.prod.detector/lineage")
        frame = page.get_by_role("region", name="Picture of the lineage")
        assert not overflows(page)
        expect(frame.locator(".origin")).to_be_in_viewport(ratio=1)
        first = frame.get_by_text("cards", exact=True)
        expect(first).not_to_be_in_viewport()
        frame.focus()
        for _ in range(40):
            page.keyboard.press("ArrowLeft")
        expect(first).to_be_in_viewport()


def test_runs_are_filtered_in_place(alice: Page, world: World):
    alice.goto(f"/experiments/{world.experiment_id}")
    alice.get_by_label("Filter").fill("metrics.accuracy > 0.99")
    alice.get_by_role("button", name="Filter").click()
    expect(alice.get_by_text("No run fits this filter")).to_be_visible()
    assert "filter=" in alice.url


def test_the_metric_is_drawn(alice: Page, world: World):
    alice.goto(f"/runs/{world.run_id}/metrics/loss")
    expect(alice.locator(".chart canvas")).to_be_visible()
    assert alice.locator(".chart .u-legend").inner_text().startswith("step")


def test_the_theme_is_chosen_and_kept(alice: Page):
    alice.emulate_media(color_scheme="light")
    alice.goto("/catalogs")
    before = alice.evaluate("getComputedStyle(document.body).backgroundColor")
    alice.locator("summary", has_text="alice").click()
    with alice.expect_navigation():
        alice.get_by_role("button", name="dark").click()
    assert alice.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert alice.url.endswith("/catalogs")


def test_an_address_that_the_client_prints_leads_to_the_run(
    alice: Page, server: Server, world: World
):
    alice.goto(f"/#/experiments/{world.experiment_id}/runs/{world.run_id}")
    expect(alice).to_have_url(f"{server.address}/runs/{world.run_id}")


def test_a_file_is_downloaded(alice: Page, world: World):
    alice.goto(f"/runs/{world.run_id}?folder=notes")
    with alice.expect_download() as download:
        alice.get_by_role("link", name="how.txt").click()
    assert download.value.path().read_bytes() == b"how it went"
