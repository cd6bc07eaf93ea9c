"""Bad input to every form of the pages: refused with a page that says why, and nothing changed."""

import time
from typing import Any

import pytest

from tests.application import ALICE, ROOT
from tests.policies.routes import PAGES, Row
from tests.policies.routes.row import fill
from tests.security.home import House

FORMS = [row for row in PAGES if row[0] == "POST" and row[2]]
NAMES = [path for _, path, _, _ in FORMS]
READS = [path for method, path, _, answers in PAGES if method == "GET" and "303" in answers]
FORM = "application/x-www-form-urlencoded"
PARAMETERS = ("q", "page", "filter", "order", "kind", "principal", "on", "since", "outcome", "x")
BAD_VALUES = ("%00", "x" * 3000, "%ff", "9" * 40, "-1", "'", "%F0%9F", "..%2f")
FREE_TEXT = {"reason", "value", "description", "comment"}
LONG = "x" * 400_000
BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", FORM),
    "JSON": (b'{"name":"fresh"}', "application/json"),
    "JSON as a form": (b'{"name":"fresh"}', FORM),
    "text": (b"name=fresh", "text/plain"),
    "no type": (b"name=fresh", ""),
    "a script": (b"name=fresh", "<script>"),
    "two megabytes": (b"name=" + b"x" * 2_000_000, FORM),
    "parts without an end": (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nfre', "x"),
    "parts without a boundary": (b"--x", "multipart/form-data"),
    "parts": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "100,000 fields": (b"&".join(b"a=b" for _ in range(100_000)), FORM),
    "bytes": (bytes(range(256)), FORM),
}
# A description, a theme or a life may be left empty; and these change nothing by being so.
EMPTY_IS_GOOD = {"/models/{model}", "/datasets/{table}", "/profile/tokens", "/audit/export"}


def refusal(status: int, text: str, seconds: float) -> str:
    if not 400 <= status < 500:
        return f"{status} {text[:100]}"
    if "Traceback" in text or "sqlite" in text.lower() or LONG[:2000] in text:
        return "it shows what it must not"
    return f"{seconds} s" if seconds > 1 else ""


def send(house: House, row: Row, **options: Any) -> str:
    """Send a form as whoever may, and return what is amiss about the refusal."""
    name = ALICE if row[3].split()[-2] in {"303", "200"} else ROOT
    begun = time.thread_time()
    answer = house.person(name).send("POST", row[1].format(**house.names), **options)
    return refusal(answer.status_code, answer.text, time.thread_time() - begun)


@pytest.mark.parametrize("row", FORMS, ids=NAMES)
def test_no_bad_field_is_taken(shared_house: House, row: Row):
    before = shared_house.digest()
    form: dict[str, str] = fill(row[2], shared_house.names)
    complaints = []
    for name in form:
        for value in ("a\0b", LONG, "a\r\nb\x1b", "\u202e" * 300):
            is_free = row[1] in EMPTY_IS_GOOD or name in FREE_TEXT
            if is_free and (value[0] == "\u202e" or "\r" in value):
                continue
            found = send(shared_house, row, data=form | {name: value})
            complaints += [f"{name}={value[:10]!r}: {found}"] if found else []
    assert complaints == []
    assert shared_house.digest() == before


@pytest.mark.parametrize("row", FORMS, ids=NAMES)
def test_no_bad_body_is_taken(shared_house: House, row: Row):
    before = shared_house.digest()
    complaints = []
    for what, (body, content_type) in BAD_BODIES.items():
        if row[1] in EMPTY_IS_GOOD and what != "two megabytes":
            continue
        headers = {"Content-Type": content_type}
        found = send(shared_house, row, data=body, headers=headers)
        complaints += [f"{what}: {found}"] if found else []
    assert complaints == []
    assert shared_house.digest() == before


@pytest.mark.parametrize("path", READS)
def test_no_page_breaks_on_a_bad_query(shared_house: House, path: str):
    """An unknown parameter is ignored; a known one, whatever it holds, never breaks the page."""
    bare = path.format(**shared_house.names).partition("?")[0]
    together = ["&".join(f"{name}={value}" for name in PARAMETERS) for value in BAD_VALUES]
    alone = [f"{name}={value}" for name in PARAMETERS for value in ("%00", "9" * 40)]
    broken = []
    for query in together + alone:
        with shared_house.person(ROOT).send("GET", f"{bare}?{query}") as answer:
            text = answer.get_data(as_text=True)
            if answer.status_code >= 500 or "Traceback" in text:
                broken.append(f"{query[:40]}: {answer.status_code}")
    assert broken == []


@pytest.mark.parametrize(
    "part", ["%00", "%ff", "9" * 40, "x" * 3000, "..%2f..", "a%0ab", "%E2%80%AE"]
)
@pytest.mark.parametrize(
    "path",
    sorted({path.partition("?")[0] for path in READS if "{" in path or path.count("/") > 1}),
)
def test_no_page_breaks_on_a_bad_address(shared_house: House, path: str, part: str):
    pieces = path.format(**shared_house.names).split("/")
    for place in range(2, len(pieces)):
        bad = "/".join([*pieces[:place], part, *pieces[place + 1 :]])
        with shared_house.person(ROOT).send("GET", bad) as answer:
            assert answer.status_code < 500, bad[:200]
