"""The append-only log: what was decided and done, sealed so that it can be proved."""

from app.audit.record import record

__all__ = ["record"]
