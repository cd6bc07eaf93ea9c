"""The Merkle tree of RFC 6962 §2.1, grown from the right with nothing but its frontier in hand."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Self

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf; its prefix keeps it from passing for a node's."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees that a tree of ``size`` leaves is made of, largest first.

    There is one for each bit of ``size`` that is set. Appending a leaf takes O(log n) at most, and
    so does the root.
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)
        if len(self._roots) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has another number of perfect subtrees")

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> Self:
        """Parse what ``to_bytes`` returned; raises ValueError if it is not of ``size`` leaves."""
        if len(stored) != HASH_SIZE * size.bit_count():
            raise ValueError(f"A tree of {size} leaves has a frontier of another length")
        return cls(size, (stored[at : at + HASH_SIZE] for at in range(0, len(stored), HASH_SIZE)))

    def to_bytes(self) -> bytes:
        """Return the roots, largest subtree first, without anything between them."""
        return b"".join(self._roots)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size, root = self.size, leaf
        while size & 1:
            root = node_hash(self._roots.pop(), root)
            size >>= 1
        self._roots.append(root)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The tree's root hash."""
        if not self._roots:
            return EMPTY_ROOT
        *larger, root = self._roots
        for left in reversed(larger):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root
