"""Sessions in which a test arranges rows without a transaction; nothing else may."""

from typing_extensions import override

from app.db import Database, Session


class LooseSession(Session):
    """A session in which a write outside a transaction commits at once."""

    @override
    def _refuse_write(self) -> None:
        pass


class LooseDatabase(Database):
    """A database whose sessions are loose."""

    @override
    def session(self) -> Session:
        return LooseSession(self.engine)
