"""Prove the log in the database: nothing sealed was changed, removed, reordered or put in between.

Everything is computed anew from the events: each MAC, each leaf, the tree, each checkpoint. What
is not sealed yet, a second's worth at most, is held against its MAC only: it cannot have been
altered or forged, but its removal leaves no trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Label, Row, func, select

from app.audit.bodies import EVENT_COLUMNS, genuine_body, leaf_data
from app.audit.checkpoints import Checkpoint, SignedCheckpoint
from app.audit.outside import OutsideCheckpoints
from app.audit.tables import audit_checkpoints, audit_events, audit_leaves
from app.audit.tree import Frontier, leaf_hash
from app.audit.walk import Flaw, Progress, Verdict, Walk, altered, first_of
from app.crypto import AuditKeys
from app.db import Session
from app.errors import IntegrityError

_CHUNK = 5_000
_PAGE = 500
_events, _leaves, _checkpoints = audit_events.c, audit_leaves.c, audit_checkpoints.c


def verify_database(
    session: Session,
    keys: AuditKeys,
    checkpoints_dir: Path,
    progress: Progress | None = None,
) -> Verdict:
    """Verify the whole log, in constant memory; may run while the log is written and sealed.

    Each checkpoint outside the database must be in it: one that is not tells of a log that was cut
    or rolled back. The verdict's flaw is the one nearest to the log's beginning.
    """
    return _Verification(session, keys, progress).run(OutsideCheckpoints(checkpoints_dir))


class _Verification:
    def __init__(self, session: Session, keys: AuditKeys, progress: Progress | None) -> None:
        self._session = session
        self._keys = keys
        self._progress = progress
        self._walk = Walk(keys.public_key, Frontier(), None)
        self._unsealed = 0
        self._outside = 0
        # In one statement: a sealer adds leaves and their checkpoint in one transaction.
        extent: Row[Any] = session.execute(
            select(
                _highest(_leaves.leaf_index, "leaves", one_more=1),
                _highest(_checkpoints.tree_size, "signed"),
                _highest(_leaves.seq, "seq"),
                select(func.count()).select_from(audit_events).scalar_subquery().label("events"),
            )
        ).one()
        self._leaves_end: int = extent.leaves
        self._signed_end: int = extent.signed
        self._last_seq: int = extent.seq
        self._total: int = extent.events

    def run(self, outside: OutsideCheckpoints) -> Verdict:
        flaw = first_of(
            self._check_sealed(),
            self._check_signatures(),
            self._check_outside(outside),
            self._check_copies(),
            self._check_unsealed(),
        )
        last = self._walk.last
        return Verdict(
            sealed=self._walk.frontier.size,
            unsealed=self._unsealed,
            checkpoints=self._walk.checkpoints,
            outside=self._outside,
            root_hash=self._walk.frontier.root,
            time=Checkpoint.parse(last.text).time if last else None,
            flaw=flaw,
        )

    def _check_sealed(self) -> Flaw | None:
        frontier = self._walk.frontier
        checkpoints = self._stored_checkpoints()
        checkpoint = next(checkpoints, None)
        for row in self._sealed_events():
            flaw = self._check_leaf(row, frontier.size)
            if flaw:
                return flaw
            frontier.append(row.leaf_hash)
            if checkpoint is not None and checkpoint.tree_size <= frontier.size:
                flaw = self._check_checkpoint(checkpoint)
                if flaw:
                    return flaw
                checkpoint = next(checkpoints, None)
        return self._check_end(checkpoint)

    def _check_leaf(self, row: Row[Any], index: int) -> Flaw | None:
        if row.leaf_index != index:
            return Flaw(index, f"leaf {index}", "is missing")
        if row.mac is None:
            return Flaw(index, f"event {row.leaf_seq}", f"was deleted; it was leaf {index}")
        body = genuine_body(self._keys, row)
        if body is None:
            return _forged(index, row)
        if leaf_hash(leaf_data(row.seq, row.xid, row.mac, body)) != row.leaf_hash:
            return Flaw(index, f"event {row.seq}", f"is not what was sealed as leaf {index}")
        return None

    def _check_checkpoint(self, row: Row[Any]) -> Flaw | None:
        flaw = self._walk.pass_checkpoint(SignedCheckpoint(row.body, row.signature))
        if flaw:
            return flaw
        size = self._walk.frontier.size
        if (row.tree_size, row.time) != (size, Checkpoint.parse(row.body).time):
            return Flaw(size, f"checkpoint {size}", "its columns differ from its text")
        if row.frontier != self._walk.frontier.to_bytes():
            return Flaw(size, f"checkpoint {size}", "its frontier is not that of its tree")
        return None

    def _check_end(self, checkpoint: Row[Any] | None) -> Flaw | None:
        size = self._walk.frontier.size
        if checkpoint is not None:
            signed = SignedCheckpoint(checkpoint.body, checkpoint.signature)
            if not signed.is_signed_by(self._keys.public_key):
                return altered(signed)
            return _cut(size, f"checkpoint {checkpoint.tree_size}", checkpoint.tree_size)
        if size > self._signed_end:
            return Flaw(self._signed_end, f"leaf {self._signed_end}", "no checkpoint signs it")
        return None

    def _check_signatures(self) -> Flaw | None:
        flaw = self._walk.check_last()
        if flaw is None:
            return None
        stored = (SignedCheckpoint(c.body, c.signature) for c in self._stored_checkpoints())
        bad = (signed for signed in stored if not signed.is_signed_by(self._keys.public_key))
        return next((altered(signed) for signed in bad), flaw)

    def _check_outside(self, outside: OutsideCheckpoints) -> Flaw | None:
        found = outside.read()
        try:
            while page := list(islice(found, _PAGE)):
                self._outside += len(page)
                flaw = first_of(*self._compare(page))
                if flaw:
                    return flaw
        except IntegrityError as error:
            return Flaw(self._leaves_end, "checkpoints outside", error.message)
        return None

    def _compare(self, page: list[tuple[str, SignedCheckpoint]]) -> Iterator[Flaw | None]:
        sizes = {signed.text: Checkpoint.parse(signed.text).tree_size for _, signed in page}
        rows = self._session.execute(
            select(_checkpoints.tree_size, _checkpoints.body, _checkpoints.signature).where(
                _checkpoints.tree_size.in_(sizes.values())
            )
        )
        stored = {row.tree_size: SignedCheckpoint(row.body, row.signature) for row in rows}
        for place, signed in page:
            size = sizes[signed.text]
            if stored.get(size) == signed:
                continue
            if not signed.is_signed_by(self._keys.public_key):
                yield Flaw(size, place, "was altered: its signature does not match")
            elif size > self._leaves_end:
                yield _cut(self._leaves_end, place, size)
            else:
                yield Flaw(size, f"checkpoint {size}", f"is not the one that {place} holds")

    def _check_copies(self) -> Flaw | None:
        copy = func.max(_events.seq).label("seq")
        repeated = (
            select(copy).group_by(_events.mac).having(func.count() > 1).order_by(copy).limit(1)
        )
        seq = self._session.execute(repeated).scalar_one_or_none()
        if seq is None:
            return None
        index = select(_leaves.leaf_index).where(_leaves.seq == seq)
        leaf = self._session.execute(index).scalar_one_or_none()
        place = self._leaves_end if leaf is None else leaf
        return Flaw(place, f"event {seq}", "is a copy of an earlier event")

    def _check_unsealed(self) -> Flaw | None:
        has_leaf = select(_leaves.seq).where(_leaves.seq == _events.seq).exists()
        unsealed = select(*EVENT_COLUMNS).where(~has_leaf).order_by(_events.seq).limit(_CHUNK)
        after = 0
        while rows := self._session.execute(unsealed.where(_events.seq > after)).all():
            for row in rows:
                if genuine_body(self._keys, row) is None:
                    return _forged(self._leaves_end, row)
                if self._session.is_sqlite and row.seq < self._last_seq:
                    return Flaw(self._leaves_end, f"event {row.seq}", "was put in behind the seal")
            after = rows[-1].seq
            self._unsealed += len(rows)
        return None

    def _sealed_events(self) -> Iterator[Row[Any]]:
        joined = (
            select(*EVENT_COLUMNS, _leaves.leaf_index, _leaves.seq.label("leaf_seq"))
            .add_columns(_leaves.leaf_hash)
            .select_from(audit_leaves.outerjoin(audit_events, _events.seq == _leaves.seq))
            .order_by(_leaves.leaf_index)
        )
        for start in range(0, self._leaves_end, _CHUNK):
            end = min(start + _CHUNK, self._leaves_end)
            within = joined.where(_leaves.leaf_index >= start, _leaves.leaf_index < end)
            yield from self._session.execute(within).all()
            if self._progress:
                self._progress(end, max(self._total, end))

    def _stored_checkpoints(self) -> Iterator[Row[Any]]:
        ordered = select(audit_checkpoints).order_by(_checkpoints.tree_size).limit(_PAGE)
        within = ordered.where(_checkpoints.tree_size <= self._signed_end)
        page = self._session.execute(within).all()
        while page:
            yield from page
            after = _checkpoints.tree_size > page[-1].tree_size
            page = self._session.execute(within.where(after)).all()


def _highest(column: Column[int], name: str, *, one_more: int = 0) -> Label[int]:
    highest = select(func.coalesce(func.max(column) + one_more, 0))
    return highest.scalar_subquery().label(name)


def _forged(leaf: int, row: Row[Any]) -> Flaw:
    return Flaw(leaf, f"event {row.seq}", "was altered or forged: its MAC does not match")


def _cut(size: int, place: str, signed: int) -> Flaw:
    problem = f"signs {signed} leaves, but the log holds {size}: it was cut or rolled back"
    return Flaw(size, place, problem)
