"""What the pages of a model and of a data set share: the head above their tabs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from app.access import Operation
from app.securables import FullName, Kind
from app.web.layout import Link


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What stands above every tab of an object.

    ``content`` is the operation that readers come for, ``ask_url`` is where to ask for what is
    missing for it, or empty.
    """

    kind: Kind
    noun: str
    full_name: FullName
    owner: str
    tabs: tuple[Link, ...]
    ways: frozenset[Operation]
    content: Operation
    ask_url: str

    @property
    def badges(self) -> tuple[str, ...]:
        """What is said beside the name."""
        return ()


def tabs_of(name: FullName, views: Iterable[tuple[str, str]], current: str) -> tuple[Link, ...]:
    """Return the tabs of an object, from their labels and endpoints."""
    return tuple(
        Link(label, url_for(view, name=name), current=label == current) for label, view in views
    )
