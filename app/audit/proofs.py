"""Proofs that one event is in the log, and that one checkpoint's log continues another's.

Made as RFC 6962 §2.1.1 and §2.1.2 define them, verified by the loops of RFC 9162 §2.1.3.2 and
§2.1.4.2, which need no tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.audit.checkpoints import Checkpoint, SignedCheckpoint
from app.audit.tables import audit_checkpoints, audit_leaves
from app.audit.tree import node_hash, root_of
from app.db import Session
from app.errors import NotFoundError

RangeRoot = Callable[[int, int], bytes]
"""Returns the root over the leaves from one index up to, and not with, another."""


def stored_range(session: Session) -> RangeRoot:
    """Return how to get at the leaves in the database; takes time in proportion to the range."""
    leaf_index = audit_leaves.c.leaf_index

    def root(start: int, end: int) -> bytes:
        within = select(audit_leaves.c.leaf_hash).where(leaf_index >= start, leaf_index < end)
        return root_of(session.execute(within.order_by(leaf_index)).scalars())

    return root


@dataclass(frozen=True, slots=True)
class EventProof:
    """That one event is in the log that a checkpoint signs."""

    leaf_index: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    signed: SignedCheckpoint

    def holds(self, public_key: bytes) -> bool:
        """Tell whether the path leads to the root that the key signed."""
        if not self.signed.is_signed_by(public_key):
            return False
        checkpoint = Checkpoint.parse(self.signed.text)
        size, root = checkpoint.tree_size, checkpoint.root_hash
        return verify_inclusion(self.leaf_hash, self.leaf_index, size, self.path, root)


def prove_event(session: Session, seq: int) -> EventProof:
    """Return the proof that an event is in the log, under the first checkpoint that signs it.

    Raises NotFoundError if there is no such event or it is not sealed yet.
    """
    leaves, checkpoints = audit_leaves.c, audit_checkpoints.c
    leaf = session.execute(select(audit_leaves).where(leaves.seq == seq)).one_or_none()
    if leaf is None:
        raise NotFoundError(f"Event {seq} does not exist or is not sealed yet")
    checkpoint = session.execute(
        select(audit_checkpoints)
        .where(checkpoints.tree_size > leaf.leaf_index)
        .order_by(checkpoints.tree_size)
        .limit(1)
    ).one()
    path = prove_inclusion(stored_range(session), leaf.leaf_index, checkpoint.tree_size)
    signed = SignedCheckpoint(checkpoint.body, checkpoint.signature)
    return EventProof(leaf.leaf_index, leaf.leaf_hash, tuple(path), signed)


def prove_inclusion(root: RangeRoot, index: int, size: int) -> list[bytes]:
    """Return the path from leaf ``index`` up to the root of the tree of ``size`` leaves.

    Raises ValueError if the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(start, middle))
            start = middle
    return path[::-1]


def prove_consistency(root: RangeRoot, first: int, second: int) -> list[bytes]:
    """Return the proof that the tree of ``second`` leaves continues the one of ``first``.

    Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"A tree of {second} leaves does not continue one of {first}")
    start, end, is_whole = 0, second, True
    path: list[bytes] = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(root(middle, end))
            end = middle
        else:
            path.append(root(start, middle))
            start, is_whole = middle, False
    return path[::-1] if is_whole else [root(start, end), *path[::-1]]


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether the path leads from the hash of leaf ``index`` to the root."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether the second tree holds the first one's leaves, in order, at its beginning."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    # A first tree that is perfect is a node of the second, and the verifier knows its root.
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    return bool(hashes) and _leads_to_both(first, second, hashes) == (first_root, second_root)


def _leads_to_both(first: int, second: int, hashes: list[bytes]) -> tuple[bytes, bytes] | None:
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
