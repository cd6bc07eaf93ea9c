"""The vocabulary of failure: every error that a use-case may raise, on one page.

Protocols translate these into their own codes; nothing below the doors knows HTTP.
"""

from __future__ import annotations


class MunimentError(Exception):
    """Root of all errors that are meant for a caller; ``message`` is fit to be shown."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidParameterError(MunimentError):
    """A value that the caller sent is missing, malformed or out of range; ``field`` names it."""


class UnauthenticatedError(MunimentError):
    """The request carries no credential, or one that is unknown, expired, revoked or disabled."""


class NotFoundError(MunimentError):
    """The thing is absent, or hidden from the caller: the two look the same on purpose."""


class PermissionDeniedError(MunimentError):
    """The thing is visible to the caller, but the operation on it is not permitted.

    ``privilege`` is what is missing, ``grantors`` are the names of those who can give it.
    """

    def __init__(
        self, message: str, *, privilege: str | None = None, grantors: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.privilege = privilege
        self.grantors = grantors


class KeyDisabledError(PermissionDeniedError):
    """The customer-managed key behind the bytes is disabled, pending deletion or destroyed."""


class AlreadyExistsError(MunimentError):
    """The name is taken by a living thing."""


class ConflictError(MunimentError):
    """The state of the thing does not admit the operation, such as dropping what is not empty."""


class LengthRequiredError(MunimentError):
    """An upload did not announce its length."""


class RangeNotSatisfiableError(InvalidParameterError):
    """A range asked for lies outside the file; ``size`` is the file's, in bytes."""

    def __init__(self, message: str, *, size: int) -> None:
        super().__init__(message, field="range")
        self.size = size


class TooLargeError(MunimentError):
    """The request is larger than the limit that the message names."""


class IncompleteUploadError(MunimentError):
    """Fewer or more bytes arrived than were announced; nothing was stored."""


class TooManyRequestsError(MunimentError):
    """The caller is throttled; ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnsupportedError(MunimentError):
    """The protocol has the operation, this server does not."""


class IntegrityError(MunimentError):
    """Stored bytes, a key or the log do not verify: they were changed, cut or swapped."""


class UnavailableError(MunimentError):
    """A part that the request needs (database, log, store, key provider) does not answer."""
