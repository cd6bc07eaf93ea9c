"""The append-only log: what was decided and done, sealed so that it can be proved."""

from app.audit.log import AuditLog, system_caller
from app.audit.record import record
from app.audit.sealer import Sealer

__all__ = ["AuditLog", "Sealer", "record", "system_caller"]
