"""Walk along leaves and checkpoints, growing the tree, and say where something does not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from app.audit.checkpoints import FIRST, Checkpoint, SignedCheckpoint, key_id_of
from app.audit.tree import Frontier
from app.errors import IntegrityError

Progress = Callable[[int, int], None]
"""Is told how many events are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place in the log that does not verify; ``leaf`` is how many leaves before it are sound."""

    leaf: int
    place: str
    problem: str

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying found: how much was covered, and the first flaw if there is one.

    ``time`` is that of the last checkpoint in milliseconds since 1970 UTC, ``outside`` the number
    of checkpoints that were found outside the database.
    """

    sealed: int
    unsealed: int
    checkpoints: int
    outside: int
    root_hash: bytes
    time: int | None
    flaw: Flaw | None

    @property
    def is_sound(self) -> bool:
        """True if nothing was found."""
        return self.flaw is None


class Walk:
    """The tree so far and the last checkpoint passed.

    A checkpoint's digest covers its signature, and the next one names it: the signature of the
    last one vouches for all, and only where something is wrong each is looked at.
    """

    def __init__(
        self, public_key: bytes, frontier: Frontier, last: SignedCheckpoint | None
    ) -> None:
        self._public_key = public_key
        self._key_id = key_id_of(public_key)
        self.frontier = frontier
        self.last = last
        self.checkpoints = 0

    def pass_checkpoint(self, signed: SignedCheckpoint) -> Flaw | None:
        """Hold a checkpoint against the tree as it stands and against the one before."""
        size = self.frontier.size
        try:
            checkpoint = Checkpoint.parse(signed.text)
        except IntegrityError as error:
            return Flaw(size, f"checkpoint {size}", error.message)
        problem = self._problem(checkpoint)
        if problem:
            return self._blame(signed, problem)
        self.last = signed
        self.checkpoints += 1
        return None

    def check_last(self) -> Flaw | None:
        """Hold the signature of the last checkpoint against the key."""
        if self.last is None or self.last.is_signed_by(self._public_key):
            return None
        return altered(self.last)

    def _problem(self, checkpoint: Checkpoint) -> str:
        size = self.frontier.size
        if checkpoint.key_id != self._key_id:
            return f"is of another log or key, {checkpoint.key_id}"
        if checkpoint.tree_size != size:
            return f"signs {checkpoint.tree_size} leaves and stands behind {size}"
        if checkpoint.previous != (self.last.digest if self.last else FIRST):
            return "does not continue the checkpoint before it: that was replaced, or one is gone"
        if checkpoint.root_hash != self.frontier.root:
            return "signs another root: leaves before it were changed"
        return ""

    def _blame(self, signed: SignedCheckpoint, problem: str) -> Flaw:
        if self.last is not None and not self.last.is_signed_by(self._public_key):
            return altered(self.last)
        if not signed.is_signed_by(self._public_key):
            return altered(signed)
        return Flaw(self.frontier.size, f"checkpoint {self.frontier.size}", problem)


def altered(signed: SignedCheckpoint) -> Flaw:
    """Return the flaw of a checkpoint whose signature is not that of its text."""
    try:
        size = Checkpoint.parse(signed.text).tree_size
    except IntegrityError:
        size = 0
    return Flaw(size, f"checkpoint {size}", "was altered: its signature does not match")


def first_of(*flaws: Flaw | None) -> Flaw | None:
    """Return the flaw nearest to the log's beginning."""
    return min((flaw for flaw in flaws if flaw), key=lambda flaw: flaw.leaf, default=None)
