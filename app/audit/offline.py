"""Verify an export alone: with the public key, without the server, its database or its MAC key."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from app.audit.bodies import leaf_data
from app.audit.checkpoints import Checkpoint, SignedCheckpoint
from app.audit.export import FORMAT
from app.audit.tree import HASH_SIZE, Frontier, leaf_hash
from app.audit.walk import Flaw, Progress, Verdict, Walk, altered, first_of
from app.errors import IntegrityError

_EVERY = 5_000
_MALFORMED = (KeyError, TypeError, ValueError, struct.error)


def verify_export(path: Path, public_key: bytes, progress: Progress | None = None) -> Verdict:
    """Verify a JSON Lines export, in constant memory; ``progress`` is told of bytes.

    It proves that the events are those that were sealed, all of them and in order, from where the
    export begins up to its last checkpoint. The key must come from elsewhere than the export.
    Raises OSError if the file cannot be read.
    """
    export = _Export(public_key)
    flaw = first_of(export.read(_lines(path, progress)), _first_unsigned(path, export, public_key))
    last = export.walk.last
    return Verdict(
        sealed=export.walk.frontier.size - export.first,
        unsealed=0,
        checkpoints=export.walk.checkpoints,
        outside=0,
        root_hash=export.walk.frontier.root,
        time=Checkpoint.parse(last.text).time if last else None,
        flaw=flaw,
    )


class _Export:
    """What was read of an export; ``first`` is the leaf that it begins with."""

    def __init__(self, public_key: bytes) -> None:
        self.first = 0
        self.walk = Walk(public_key, Frontier(), None)
        self._public_key = public_key
        self._signed = 0

    def read(self, lines: Iterable[bytes]) -> Flaw | None:
        """Return the first flaw of the lines."""
        for number, line in enumerate(lines, start=1):
            size = self.walk.frontier.size
            try:
                content = orjson.loads(line)
                flaw = self._begin(content) if number == 1 else self._take(content, size)
            except _MALFORMED:
                flaw = Flaw(size, f"line {number}", "is not a line of an export")
            except IntegrityError as error:
                flaw = Flaw(size, f"line {number}", error.message)
            if flaw:
                return flaw
        if self.walk.frontier.size > self._signed:
            return Flaw(self._signed, f"leaf {self._signed}", "no checkpoint signs it")
        return None

    def _begin(self, header: dict[str, Any]) -> Flaw | None:
        if header["kind"] != FORMAT or header["version"] != 1:
            return Flaw(0, "line 1", "is not the beginning of an export that this version reads")
        start = header["start"]
        if start is None:
            return None
        signed = _signed(start)
        checkpoint = Checkpoint.parse(signed.text)
        frontier = Frontier.from_bytes(checkpoint.tree_size, bytes.fromhex(start["frontier"]))
        if frontier.root != checkpoint.root_hash:
            return Flaw(0, "line 1", "the export goes on from another tree than was signed")
        self.first = self._signed = checkpoint.tree_size
        self.walk = Walk(self._public_key, frontier, signed)
        return None

    def _take(self, content: dict[str, Any], size: int) -> Flaw | None:
        if content["kind"] == "event":
            return self._take_event(content, size)
        if content["kind"] != "checkpoint":
            raise ValueError(content["kind"])
        flaw = self.walk.pass_checkpoint(_signed(content))
        self._signed = size
        return flaw

    def _take_event(self, content: dict[str, Any], size: int) -> Flaw | None:
        mac = bytes.fromhex(content["mac"])
        if len(mac) != HASH_SIZE:
            raise ValueError(mac)
        if content["leaf"] != size:
            return Flaw(size, f"leaf {size}", "is missing")
        body = orjson.dumps(content["event"], option=orjson.OPT_SORT_KEYS)
        leaf = leaf_hash(leaf_data(content["seq"], content["xid"], mac, body))
        if leaf.hex() != content["leaf_hash"]:
            return Flaw(size, f"event {content['seq']}", f"is not what was sealed as leaf {size}")
        self.walk.frontier.append(leaf)
        return None


def _first_unsigned(path: Path, export: _Export, public_key: bytes) -> Flaw | None:
    """Return the first checkpoint with a wrong signature, if the last one read has one."""
    if export.walk.check_last() is None:
        return None
    for line in _lines(path, None):
        content = orjson.loads(line)
        stored = content["start"] if content["kind"] == FORMAT else content
        if stored is None or content["kind"] == "event":
            continue
        signed = _signed(stored)
        if not signed.is_signed_by(public_key):
            return altered(signed)
    return None


def _signed(stored: dict[str, str]) -> SignedCheckpoint:
    return SignedCheckpoint(stored["body"], bytes.fromhex(stored["signature"]))


def _lines(path: Path, progress: Progress | None) -> Iterator[bytes]:
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield line
            done += len(line)
            if progress and (number % _EVERY == 0 or done == total):
                progress(done, total)
