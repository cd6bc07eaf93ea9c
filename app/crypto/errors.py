"""The vocabulary of failure of keys and ciphertext."""


class CryptoError(Exception):
    """Something about a key or a ciphertext failed; the base of this page."""


class DecryptionError(CryptoError):
    """Ciphertext, its length, or what it is bound to is not what was written."""


class WrongKeyError(DecryptionError):
    """The key or passphrase offered is not the one that sealed this."""


class KeyUnavailableError(CryptoError):
    """A key is unknown or destroyed, or the place that holds it cannot be reached."""


class KeyExistsError(CryptoError):
    """A key id is taken; the id of a destroyed key stays taken for ever."""


class KeyFormatError(CryptoError):
    """A key, key file or envelope has the wrong length, shape or file mode."""


class SizeError(CryptoError):
    """A size or range is negative, reversed, or more than the format or the caller allows."""
