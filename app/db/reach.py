"""How far an index is asked before it is taken to tell too little."""

from __future__ import annotations

from typing import NamedTuple


class Reach(NamedTuple):
    """How many keys are little, few, and not too many.

    Less than ``listed`` are named in a statement one by one. ``looked_up`` cost no more to look up
    than a page among a hundred thousand does to be filled along its order, if as many of those are
    wanted. ``read``, which is no less, are read from an index, at a tenth of that for each, to see
    which of them another index has too.
    """

    listed: int = 100
    looked_up: int = 1_500
    read: int = 20_000
