"""The append-only log: what was decided and done, sealed so that it can be proved."""

from app.audit.log import AuditLog, system_caller
from app.audit.record import record

__all__ = ["AuditLog", "record", "system_caller"]
