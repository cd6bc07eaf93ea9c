"""Statements on PostgreSQL by libpq's own calls, for a cursor costs more than a short statement.

Several go to the server in one round trip, and what is run a second time is prepared there. Values
go out and come in as psycopg has them, the latter in PostgreSQL's binary form.
"""

from __future__ import annotations

import itertools
import re
import select
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

_CACHED = 1000
_KEPT = 200
_AT_ONCE = 100
_MARK = re.compile(r"%(?:%|s|\((\w+)\)s)")
_DONE = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY})


class Statement(NamedTuple):
    """SQL with psycopg's marks, ``%s`` or ``%(name)s``, and what takes their place."""

    sql: str
    parameters: Mapping[str, Any] | Sequence[Any] = ()


class Answer:
    """What statements answered; it reads as a cursor does, and the rows are those of the last."""

    def __init__(self, results: Sequence[PGresult], transformer: abc.Transformer) -> None:
        self._results = results
        self._transformer = transformer

    @property
    def description(self) -> list[tuple[str]] | None:
        """The names of the columns, each in a tuple of one; None for what returns no rows."""
        result = self._results[-1]
        if result.status != ExecStatus.TUPLES_OK:
            return None
        return [((result.fname(index) or b"").decode(),) for index in range(result.nfields)]

    @property
    def rowcount(self) -> int:
        """How many rows were returned or changed."""
        return sum(result.command_tuples or 0 for result in self._results)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return every row."""
        result = self._results[-1]
        self._transformer.set_pgresult(result)
        rows = self._transformer.load_rows(0, result.ntuples, tuple)
        self._transformer.set_pgresult(None)
        return rows


class _Call(NamedTuple):
    """A statement in the server's terms."""

    text: bytes
    values: Sequence[Any]
    types: tuple[int, ...]
    formats: Sequence[int]


class _Named(NamedTuple):
    """A call by the name under which it is prepared, or has yet to be; empty if it is not to be."""

    call: _Call
    name: bytes
    is_new: bool


class Server:
    """The server at the other end of one connection, with what is prepared there."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._pgconn = driver.pgconn
        self._transformer = Transformer(driver)
        self._names: OrderedDict[tuple[bytes, tuple[int, ...]], bytes] = OrderedDict()
        self._prepared = 0
        self._readable = select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._either = select.poll()
        self._either.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)

    def run(self, statements: Sequence[Statement], ahead: list[Statement]) -> Answer:
        """Run statements, after those ``ahead`` of them, in as few round trips as may be.

        ``ahead`` is emptied unless the connection broke. All but the last have to answer little,
        since nothing is read before everything is sent. Raises psycopg's error for the first
        that fails; those behind it are not run.
        """
        results: list[PGresult] = []
        for begin in range(0, len(statements), _AT_ONCE):
            calls = [self._call(one) for one in (*ahead, *statements[begin : begin + _AT_ONCE])]
            named = [self._name(call) for call in calls]
            answers = self._send(named)
            ahead.clear()
            self._check(named, answers)
            results += answers
        return Answer(results, self._transformer)

    def rollback(self) -> None:
        """Undo the open transaction, if any; raises psycopg's error if the connection is broken.

        Unlike psycopg's own this leaves statements prepared. Tables that might be gone with the
        transaction come and go with migrations alone, and every refusal rolls back.
        """
        if self._pgconn.transaction_status != TransactionStatus.IDLE:
            result = self._pgconn.exec_(b"ROLLBACK")
            if result.status != ExecStatus.COMMAND_OK:
                raise psycopg.OperationalError(result.get_error_message())

    def _call(self, statement: Statement) -> _Call:
        text, names = _parse(statement.sql)
        given: Any = statement.parameters
        values = [given[name] for name in names] if names else given
        transformer = self._transformer
        dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        return _Call(text, dumped, transformer.types or (), transformer.formats or ())

    def _name(self, call: _Call) -> _Named:
        """Name a call that comes again. Without parameters, as BEGIN is, it is not worth that."""
        if not call.types:
            return _Named(call, b"", is_new=False)
        key = call.text, call.types
        name = self._names.get(key)
        if name:
            self._names.move_to_end(key)
            return _Named(call, name, is_new=False)
        if name is None:
            self._make_room()
            self._names[key] = b""
            return _Named(call, b"", is_new=False)
        self._prepared += 1
        self._names[key] = name = b"s%d" % self._prepared
        return _Named(call, name, is_new=True)

    def _make_room(self) -> None:
        if len(self._names) >= _KEPT:
            _, name = self._names.popitem(last=False)
            if name:
                self._pgconn.exec_(b"DEALLOCATE " + name)

    def _send(self, calls: Sequence[_Named]) -> list[PGresult]:
        """Return what each call answered. Raises psycopg's error if the connection breaks."""
        if len(calls) == 1 and not calls[0].is_new:
            return [self._send_alone(calls[0])]
        try:
            return self._send_together(calls)
        except BaseException:
            # Cut short, it leaves a connection that nobody can make sense of any more.
            self._pgconn.finish()
            raise

    def _send_alone(self, named: _Named) -> PGresult:
        (text, values, types, formats), name, _ = named
        if name:
            return self._pgconn.exec_prepared(name, values, formats, Format.BINARY)
        return self._pgconn.exec_params(text, values, types, formats, Format.BINARY)

    def _send_together(self, calls: Sequence[_Named]) -> list[PGresult]:
        pgconn = self._pgconn
        pgconn.enter_pipeline_mode()
        for (text, values, types, formats), name, is_new in calls:
            if is_new:
                pgconn.send_prepare(name, text, types)
            if name:
                pgconn.send_query_prepared(name, values, formats, Format.BINARY)
            else:
                pgconn.send_query_params(text, values, types, formats, Format.BINARY)
        pgconn.pipeline_sync()
        self._flush()
        answers = []
        for named in calls:
            answer = self._receive()
            if named.is_new:
                # What cannot be prepared says so, and after it that it was not run.
                result = self._receive()
                answer = result if answer.status in _DONE else answer
            answers.append(answer)
        self._receive()
        pgconn.exit_pipeline_mode()
        return answers

    def _flush(self) -> None:
        """Send what the socket did not take at once, and take in what the server says meanwhile."""
        while self._pgconn.flush():
            ((_, ready),) = self._either.poll()
            if ready & ~select.POLLOUT:
                self._pgconn.consume_input()

    def _receive(self) -> PGresult:
        """Return what the next command answered."""
        result = self._result()
        if result is None:
            raise psycopg.OperationalError(self._pgconn.get_error_message())
        if result.status != ExecStatus.PIPELINE_SYNC:
            self._result()  # The None behind it.
        return result

    def _result(self) -> PGresult | None:
        # Left to wait by itself, libpq would keep every other thread of the interpreter waiting.
        while self._pgconn.is_busy():
            self._readable.poll()
            self._pgconn.consume_input()
        return self._pgconn.get_result()

    def _check(self, calls: Sequence[_Named], answers: Sequence[PGresult]) -> None:
        failed = next((answer for answer in answers if answer.status not in _DONE), None)
        if failed is None:
            return
        for call, _, is_new in calls:
            if is_new:
                self._names.pop((call.text, call.types), None)
        if self._pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(failed.get_error_message())
        raise error_from_result(failed, self._transformer.encoding)


@lru_cache(_CACHED)
def _parse(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Return SQL with the server's marks, and the names of its parameters in their order."""
    names: dict[str, str] = {}
    count = itertools.count(1)

    def mark(found: re.Match[str]) -> str:
        name = found[1]
        if name:
            return names.setdefault(name, f"${len(names) + 1}")
        return "%" if found[0] == "%%" else f"${next(count)}"

    return _MARK.sub(mark, sql).encode(), tuple(names)
