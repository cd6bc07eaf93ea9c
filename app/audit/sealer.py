"""Seal committed events: give each its leaf, grow the tree, sign and publish checkpoints."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select

from app.audit.bodies import genuine_body, leaf_data
from app.audit.checkpoints import FIRST, Checkpoint, SignedCheckpoint
from app.audit.lease import Lease
from app.audit.outside import OutsideCheckpoints
from app.audit.pending import Pending, PostgresPending, SqlitePending
from app.audit.tables import audit_checkpoints
from app.audit.tree import Frontier, leaf_hash
from app.crypto import AuditKeys
from app.db import Database, Effect, Session
from app.db.metadata import now_millis
from app.errors import IntegrityError

BATCH = 10_000
_JOIN_SECONDS = 5
_log = logging.getLogger(__name__)
_INSERT_SQLITE = "INSERT INTO audit_leaves (leaf_index, seq, leaf_hash) VALUES (?, ?, ?)"
_INSERT_POSTGRESQL = (
    "INSERT INTO audit_leaves (leaf_index, seq, leaf_hash)"
    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])"
)


class _Head(NamedTuple):
    """The last checkpoint in the database, and the tree that it is of."""

    digest: str
    frontier: Frontier


class Sealer:
    """Seals in the background; of all sealers of a database, one at a time is at work.

    ``interval_ms`` is the time between two rounds; ``failure`` tells why the last one in the
    background failed, None if it did not; ``on_sealed`` is called after a round in the background
    that sealed something. A checkpoint is committed before it is written
    outside: the outside copy never knows more than the database had.
    """

    def __init__(
        self, database: Database, keys: AuditKeys, checkpoints_dir: Path, interval_ms: int = 500
    ) -> None:
        self.failure: str | None = None
        self.on_sealed: Callable[[], None] | None = None
        self._keys = keys
        self._interval = interval_ms / 1000
        self._outside = OutsideCheckpoints(checkpoints_dir)
        self._lease = Lease(database, "seal")
        self._pending: Pending | None = None
        self._published = 0
        self._size = 0
        self._work = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Seal in a thread from now on, whenever the lease is free or ours."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal once more, then end the thread and give the lease back."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
            self._thread = None

    def seal_now(self) -> int:
        """Seal all that is committed and return the number of events; 0 while another seals.

        Raises IntegrityError if the last checkpoint was tampered with, OSError if the outside copy
        cannot be written, and what the database raises.
        """
        with self._work:
            sealed = self._seal_all()
            if self._thread is None:
                self._let_go()
            return sealed

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._stopping.wait(self._interval)
            with self._work:
                try:
                    self._note_sealed(self._seal_all())
                except Exception as error:  # noqa: BLE001 - the next round may do
                    self._note_failure(error)
                else:
                    self.failure = None
        with self._work:
            self._let_go()

    def _note_sealed(self, sealed: int) -> None:
        if sealed and self.on_sealed:
            self.on_sealed()

    def _note_failure(self, error: Exception) -> None:
        if self.failure is None:
            _log.error("The audit log cannot be sealed; it is written on", exc_info=error)
        self.failure = f"{type(error).__name__}: {error}"

    def _let_go(self) -> None:
        self._lease.release()
        self._pending = None

    def _seal_all(self) -> int:
        try:
            session = self._lease.acquire()
            return 0 if session is None else self._seal_through(session)
        except BaseException:
            self._let_go()
            raise

    def _seal_through(self, session: Session) -> int:
        pending = self._pending or self._take_over(session)
        sealed, is_full = 0, True
        while is_full:
            rows = pending.take(session, BATCH)
            is_full = len(rows) == BATCH
            sealed += self._seal(session, rows) if rows else 0
        self._publish(session)
        return sealed

    def _take_over(self, session: Session) -> Pending:
        self._size = self._head(session).frontier.size
        last = self._outside.last()
        self._published = Checkpoint.parse(last.text).tree_size if last else 0
        if self._published > self._size:
            _log.error(
                "The audit log in the database ends at %d, a checkpoint outside of it at %d:"
                " it was cut or rolled back",
                self._size,
                self._published,
            )
        self._pending = SqlitePending(session) if session.is_sqlite else PostgresPending(session)
        return self._pending

    def _seal(self, session: Session, rows: Sequence[Row[Any]]) -> int:
        head = self._head(session)
        frontier = head.frontier
        leaves: list[tuple[int, int, bytes]] = []
        for row in rows:
            body = genuine_body(self._keys, row)
            if body is None:
                # Signing it would vouch for it; it stays without a leaf, and verifying names it.
                _log.error("Event %d of the audit log was altered or forged", row.seq)
                continue
            leaf = leaf_hash(leaf_data(row.seq, row.xid, row.mac, body))
            leaves.append((frontier.size, row.seq, leaf))
            frontier.append(leaf)
        if leaves:
            self._commit(session, leaves, head)
        return len(leaves)

    def _commit(
        self, session: Session, leaves: Sequence[tuple[int, int, bytes]], head: _Head
    ) -> None:
        frontier = head.frontier
        checkpoint = Checkpoint(
            self._keys.key_id, frontier.size, frontier.root, now_millis(), head.digest
        )
        signed = SignedCheckpoint.sign(checkpoint, self._keys)
        session.begin(Effect.WRITE)
        if session.is_sqlite:
            session.driver_execute(_INSERT_SQLITE, leaves)
        else:
            columns = tuple(list(column) for column in zip(*leaves, strict=True))
            session.driver_execute(_INSERT_POSTGRESQL, columns)
        session.execute(
            insert(audit_checkpoints),
            {
                "tree_size": checkpoint.tree_size,
                "time": checkpoint.time,
                "body": signed.text,
                "signature": signed.signature,
                "frontier": frontier.to_bytes(),
            },
        )
        session.commit()
        self._size = frontier.size

    def _publish(self, session: Session) -> None:
        columns = audit_checkpoints.c
        ordered = select(columns.tree_size, columns.body, columns.signature).order_by(
            columns.tree_size
        )
        while self._published < self._size:
            missing = ordered.where(columns.tree_size > self._published).limit(BATCH)
            rows = session.execute(missing).all()
            self._outside.append(
                (SignedCheckpoint(row.body, row.signature) for row in rows), self._keys.public_key
            )
            self._published = rows[-1].tree_size

    def _head(self, session: Session) -> _Head:
        columns = audit_checkpoints.c
        row = session.execute(
            select(audit_checkpoints).order_by(columns.tree_size.desc()).limit(1)
        ).one_or_none()
        if row is None:
            return _Head(FIRST, Frontier())
        signed = SignedCheckpoint(row.body, row.signature)
        if not signed.is_signed_by(self._keys.public_key):
            raise IntegrityError("The last checkpoint of the audit log is not signed by its key")
        checkpoint = Checkpoint.parse(row.body)
        try:
            frontier = Frontier.from_bytes(checkpoint.tree_size, row.frontier)
        except ValueError as error:
            raise IntegrityError(str(error)) from error
        if frontier.root != checkpoint.root_hash or row.tree_size != checkpoint.tree_size:
            raise IntegrityError("The last checkpoint of the audit log does not fit its tree")
        return _Head(signed.digest, frontier)
