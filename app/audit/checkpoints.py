"""Checkpoints: the signed texts that say how long the log was, when, and what its root was.

The text is a C2SP tlog-checkpoint with two extension lines, and each checkpoint names the one
before it::

    muniment-audit/<key id>
    <number of leaves>
    <base64 of the root hash>
    time <milliseconds since 1970 UTC>
    previous <hex SHA-256 of the previous text and its signature, zeros for the first>

Outside the database it stands as a C2SP signed note: the text, an empty line, and the line
``— <origin> <base64 of a 4-byte key hash and the Ed25519 signature of the text>``.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from app.audit.tree import HASH_SIZE
from app.crypto import AuditKeys, verify_signature
from app.errors import IntegrityError

ORIGIN = "muniment-audit/"
FIRST = "0" * 2 * HASH_SIZE
_TEXT = re.compile(
    rf"{ORIGIN}([0-9a-f]{{16}})\n(0|[1-9][0-9]{{0,18}})\n([A-Za-z0-9+/]{{43}}=)\n"
    r"time (0|[1-9][0-9]{0,18})\nprevious ([0-9a-f]{64})\n"
)
_ED25519 = b"\n\x01"
_KEY_HASH_SIZE = 4


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What one checkpoint says; ``time`` is in milliseconds since 1970 UTC."""

    key_id: str
    tree_size: int
    root_hash: bytes
    time: int
    previous: str

    @property
    def text(self) -> str:
        """The text that is signed."""
        root = base64.b64encode(self.root_hash).decode()
        return (
            f"{ORIGIN}{self.key_id}\n{self.tree_size}\n{root}\n"
            f"time {self.time}\nprevious {self.previous}\n"
        )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a text; raises IntegrityError unless it is one to the last byte."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise IntegrityError("A checkpoint's text is not one that this server writes")
        key_id, size, root, time, previous = match.groups()
        return cls(key_id, int(size), base64.b64decode(root), int(time), previous)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint's text and its signature."""

    text: str
    signature: bytes

    @classmethod
    def sign(cls, checkpoint: Checkpoint, keys: AuditKeys) -> Self:
        """Sign a checkpoint with the server's key."""
        return cls(checkpoint.text, keys.sign(checkpoint.text.encode()))

    @property
    def digest(self) -> str:
        """What the next checkpoint names this one by: it covers the signature too."""
        return sha256(self.text.encode() + self.signature).hexdigest()

    def is_signed_by(self, public_key: bytes) -> bool:
        """Tell whether the signature is that of the key, and the text names the key."""
        named = _TEXT.fullmatch(self.text)
        return (
            named is not None
            and named[1] == key_id_of(public_key)
            and verify_signature(public_key, self.signature, self.text.encode())
        )

    def to_note(self, public_key: bytes) -> str:
        """Return the signed note, with its last newline."""
        origin = self.text.partition("\n")[0]
        signed = _key_hash(origin, public_key) + self.signature
        return f"{self.text}\n— {origin} {base64.b64encode(signed).decode()}\n"

    @classmethod
    def parse_note(cls, note: str) -> Self:
        """Read a signed note; raises IntegrityError if it is none."""
        text, _, line = note.partition("\n\n")
        dash, _, rest = line.partition(" ")
        try:
            signed = base64.b64decode(rest.partition(" ")[2].rstrip("\n"), validate=True)
        except binascii.Error:
            signed = b""
        if dash != "—" or len(signed) <= _KEY_HASH_SIZE:
            raise IntegrityError("A checkpoint's note has no signature")
        return cls(text + "\n", signed[_KEY_HASH_SIZE:])


def key_id_of(public_key: bytes) -> str:
    """Return the id by which checkpoints name a key, as ``AuditKeys.key_id`` has it."""
    return sha256(public_key).hexdigest()[:16]


def _key_hash(origin: str, public_key: bytes) -> bytes:
    return sha256(origin.encode() + _ED25519 + public_key).digest()[:_KEY_HASH_SIZE]
