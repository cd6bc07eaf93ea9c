"""Sessions in which a test arranges rows without a transaction; nothing else may."""

from typing import Any

from sqlalchemy import Engine
from typing_extensions import override

from app.db import Database, Session


class LooseSession(Session):
    """A session in which a write outside a transaction commits at once; ``sent`` is what it ran."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.sent: list[Any] = []

    @override
    def execute(self, statement: Any, parameters: Any = None) -> Any:
        self.sent.append(statement)
        return super().execute(statement, parameters)

    @override
    def defer(self, sql: str, parameters: Any) -> None:
        if not self.is_sqlite:
            self.sent.append(sql)
        super().defer(sql, parameters)

    @override
    def _send(self, sql: str, parameters: Any, read: Any) -> Any:
        self.sent.append(sql)
        return super()._send(sql, parameters, read)

    @override
    def _refuse_write(self) -> None:
        pass


class LooseDatabase(Database):
    """A database whose sessions are loose."""

    @override
    def session(self) -> Session:
        return LooseSession(self.engine)
