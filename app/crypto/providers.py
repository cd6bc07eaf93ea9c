"""What a key provider promises: it holds KEKs, never gives them out, and wraps DEKs under them."""

from typing import NamedTuple, Protocol


class WrappedDek(NamedTuple):
    """A wrapped DEK and the version of the KEK that wrapped it."""

    kek_version: int
    ciphertext: bytes


class KeyProvider(Protocol):
    """Holds versioned KEKs by id: OpenBao Transit, an HSM, a cloud KMS, or a local keyring.

    Contexts are opaque bytes that unwrapping must be given again exactly (Transit's `context` of a
    derived key, GCM's associated data, a KMS encryption context). Every method sees at once what
    another process changed. Whether a KEK may be used (enabled, disabled, pending deletion) is not
    the provider's business. Any method raises KeyUnavailableError if the KEK is unknown or
    destroyed, or if the provider cannot be reached.
    """

    def create_key(self, kek_id: str) -> int:
        """Make a KEK and return its version, 1; raises KeyExistsError for an id ever used."""
        ...

    def rotate_key(self, kek_id: str) -> int:
        """Add a version that wraps from now on and return it; older ones still unwrap."""
        ...

    def versions(self, kek_id: str) -> tuple[int, ...]:
        """Return the versions that can unwrap, oldest first."""
        ...

    def destroy_key(self, kek_id: str) -> None:
        """Destroy all versions for ever, with all that they wrapped; twice is not an error."""
        ...

    def wrap(self, kek_id: str, context: bytes, dek: bytes) -> WrappedDek:
        """Wrap a DEK under the newest version."""
        ...

    def unwrap(self, kek_id: str, kek_version: int, context: bytes, wrapped: bytes) -> bytes:
        """Return the DEK; raises DecryptionError if context or bytes are not those of the wrap."""
        ...

    def rewrap(self, kek_id: str, kek_version: int, context: bytes, wrapped: bytes) -> WrappedDek:
        """Wrap the same DEK under the newest version; raises DecryptionError as `unwrap` does."""
        ...

    def check(self) -> None:
        """Return if wrapping and unwrapping can be expected to work, for the readiness probe."""
        ...
