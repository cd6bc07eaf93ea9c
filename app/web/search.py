"""Search: the address is the search; what may only be browsed says so, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, request, url_for

from app import namespace
from app.access import Operation
from app.access.foresee import Lack, lacking
from app.edge import caller
from app.namespace import Found, Hit, Query
from app.securables import Kind
from app.web.blueprint import next_address, web
from app.web.layout import Link
from app.web.partials import render_or_block

_CONTENT = {
    Kind.REGISTERED_MODEL: Operation.MODEL_VERSION_LOAD,
    Kind.EXPERIMENT: Operation.RUN_READ,
}
_WORDS_OF_KINDS = {
    "model": Kind.REGISTERED_MODEL,
    "experiment": Kind.EXPERIMENT,
    "dataset": Kind.TABLE,
    "schema": Kind.SCHEMA,
    "catalog": Kind.CATALOG,
}
_SPOKEN = {"dataset": "data set"}


@dataclass(frozen=True, slots=True)
class Result:
    """A hit; ``lack`` is what keeps its content closed to the reader, if anything does."""

    hit: Hit
    lack: Lack | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The results of a search, with the ways to narrow it."""

    q: str
    results: tuple[Result, ...]
    facets: tuple[Link, ...]
    next_url: str


@web.get("/search")
def search() -> Response:
    """Show what fits ``q``; ``kind`` narrows it, ``page`` goes on."""
    q, kind = request.args.get("q", ""), request.args.get("kind", "")
    query = read_query(q)
    narrowed = replace(query, kinds=(_WORDS_OF_KINDS[kind],)) if kind in _WORDS_OF_KINDS else query
    found = namespace.search(caller(), narrowed, page_token=request.args.get("page", ""))
    page = SearchPage(
        q=q,
        results=tuple(Result(hit, _lacking(hit)) for hit in found.hits),
        facets=_facets(q, kind, found),
        next_url=next_address("web.search", found.next_token, q=q, kind=kind),
    )
    return render_or_block("search.html", "results", page=page)


def read_query(text: str) -> Query:
    """Read words, ``type:model``, ``owner:@me`` and ``tag:name=value``."""
    words: list[str] = []
    kinds: list[Kind] = []
    owner = tag = ""
    for word in text.split():
        prefix, colon, rest = word.partition(":")
        if not colon or not rest:
            words.append(word)
        elif prefix == "type" and rest in _WORDS_OF_KINDS:
            kinds.append(_WORDS_OF_KINDS[rest])
        elif prefix == "owner":
            owner = caller().principal.name if rest == "@me" else rest
        elif prefix == "tag":
            tag = rest
        else:
            words.append(word)
    return Query(" ".join(words), tuple(kinds), owner, tag)


def _lacking(hit: Hit) -> Lack | None:
    operation = _CONTENT.get(hit.kind)
    return lacking(caller(), hit.id, operation) if operation else None


def _facets(q: str, kind: str, found: Found) -> tuple[Link, ...]:
    links = [Link("everything", url_for("web.search", q=q), current=not kind)]
    for word, known in _WORDS_OF_KINDS.items():
        if known in found.counts or known in found.uncounted or kind == word:
            label = f"{_SPOKEN.get(word, word)}s{_number(found, known)}"
            links.append(Link(label, url_for("web.search", q=q, kind=word), current=kind == word))
    return tuple(links)


def _number(found: Found, kind: Kind) -> str:
    """Return how many are found, to stand behind what they are called: nothing if none is yet."""
    number, more = found.counts.get(kind, 0), kind in found.uncounted
    return f" {number:,}{'+' * more}" if number or not more else ""
