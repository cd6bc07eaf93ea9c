"""A real Chromium on a real server, in which nothing may go wrong unseen.

With ``script-src 'self'`` Playwright's ``wait_for_function`` cannot work, because it evaluates text
in the page; locators and ``evaluate`` do. The policy is never bypassed: it is what is tested.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from app.edge.browser import COOKIE
from app.edge.services import EXTENSION
from tests.web.world import open_session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

AXE = Path(__file__).parents[2] / "build" / "browser" / "axe.min.js"
_PATIENCE = 10_000
_GRAVE = {"serious", "critical"}
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violated:", event.violatedDirective, event.blockedURI));
"""
_RUN_AXE = "async () => (await axe.run()).violations"

expect.set_options(timeout=_PATIENCE)


class Server:
    """An application served from a thread of this process."""

    def __init__(self, application: Flask) -> None:
        self.application = application
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        # Whole, because this server does not close the file when a page gives up in the midst.
        pieces = self.application(environ, start)
        try:
            return [b"".join(pieces)]
        finally:
            getattr(pieces, "close", lambda: None)()


@contextmanager
def open_page(browser: Browser, server: Server, name: str | None, **options: Any) -> Iterator[Page]:
    """Yield a page of somebody's own browser; whatever the console complains of fails the test.

    The option ``tolerates`` tells which of its messages do not; the others are the context's.
    """
    tolerates: Callable[[ConsoleMessage], bool] = options.pop("tolerates", lambda _: False)
    complaints: list[str] = []
    context = browser.new_context(base_url=server.address, **options)
    context.set_default_timeout(_PATIENCE)
    context.add_init_script(_REPORT_VIOLATIONS)
    if name is not None:
        secret = open_session(server.application.extensions[EXTENSION], name)
        context.add_cookies([{"name": COOKIE, "value": secret, "url": server.address}])
    page = context.new_page()
    page.on("console", lambda message: _note(complaints, message, tolerates))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: _note_foreign(complaints, sent.url, server.address))
    yield page
    context.close()
    assert not complaints, complaints


def grave_violations(page: Page) -> list[str]:
    """Return what axe finds to be serious or critical; a script tag would not be let in."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE)
    return [
        f"{page.url} {violation['id']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found
        if violation["impact"] in _GRAVE
    ]


def overflows(page: Page) -> bool:
    """Tell whether the page is wider than its window."""
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider


def _note(
    complaints: list[str], message: ConsoleMessage, tolerates: Callable[[ConsoleMessage], bool]
) -> None:
    if message.type in {"error", "warning"} and not tolerates(message):
        complaints.append(f"{message.text} ({message.location['url']})")


def _note_foreign(complaints: list[str], url: str, address: str) -> None:
    if not url.startswith((address, "data:", f"blob:{address}")):
        complaints.append(f"a request to {url}")
