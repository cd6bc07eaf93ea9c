"""The copy of the checkpoints outside the database, which an administrator of that cannot rewrite.

One file a day, named by the day in UTC; each holds signed notes, each with an empty line after it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.audit.checkpoints import Checkpoint, SignedCheckpoint
from app.errors import IntegrityError

_TAIL = 16_384


class OutsideCheckpoints:
    """A folder of files of signed notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, checkpoints: Iterable[SignedCheckpoint], public_key: bytes) -> None:
        """Write checkpoints behind those that are there; on disk when this returns.

        Raises OSError for whatever the file system refuses.
        """
        by_day: dict[str, list[str]] = {}
        for checkpoint in checkpoints:
            time = Checkpoint.parse(checkpoint.text).time
            day = datetime.fromtimestamp(time / 1000, UTC).date().isoformat()
            by_day.setdefault(day, []).append(checkpoint.to_note(public_key) + "\n")
        for day, notes in by_day.items():
            self._append(self.folder / f"{day}.txt", "".join(notes).encode())

    def last(self) -> SignedCheckpoint | None:
        """Return the last checkpoint that was written whole."""
        for path in reversed(self._files()):
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - _TAIL))
                tail = file.read().decode(errors="replace")
            blocks = tail.split("\n\n")
            for at in range(len(blocks) - 2, 0, -1):
                if blocks[at].startswith("— "):
                    return SignedCheckpoint.parse_note(f"{blocks[at - 1]}\n\n{blocks[at]}\n")
        return None

    def read(self) -> Iterator[tuple[str, SignedCheckpoint]]:
        """Yield every checkpoint with the place where it stands, ``file:line``.

        What a power cut left of a file's last note is passed over. Raises IntegrityError for
        anything else that is not a note.
        """
        for path in self._files():
            yield from _read_file(path)

    def _append(self, path: Path, notes: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as file:
            start = max(0, os.fstat(file.fileno()).st_size - _TAIL)
            file.seek(start)
            file.truncate(start + _whole(file.read()))
            file.seek(0, os.SEEK_END)
            file.write(notes)
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.txt")) if self.folder.is_dir() else []


def _read_file(path: Path) -> Iterator[tuple[str, SignedCheckpoint]]:
    lines: list[str] = []
    first, empty = 1, 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            empty += line == "\n"
            lines.append(line)
            if empty == 2:  # noqa: PLR2004 - one before the signature, one after it
                yield f"{path.name}:{first}", _note(path, first, "".join(lines[:-1]))
                lines, first, empty = [], number + 1, 0


def _note(path: Path, line: int, text: str) -> SignedCheckpoint:
    try:
        return SignedCheckpoint.parse_note(text)
    except IntegrityError as error:
        raise IntegrityError(f"{path.name}:{line}: {error.message}") from error


def _whole(content: bytes) -> int:
    """Return where the last whole note ends: what is behind it was cut off by a power cut."""
    end = content.rfind(b"\n\n")
    while end >= 0:
        start = content.rfind(b"\n", 0, end) + 1
        if content.startswith("— ".encode(), start):
            return end + 2
        end = content.rfind(b"\n\n", 0, end)
    return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
