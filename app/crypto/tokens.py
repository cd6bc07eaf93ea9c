"""Bearer secrets that a scanner can recognise, and that are stored only as a hash."""

import hashlib
import os
import zlib

DEFAULT_PREFIX = "mun_"

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_SIZE = 32
# The fewest base62 digits that hold 256 bits, and 32.
_RANDOM_DIGITS = 43
_CHECKSUM_DIGITS = 6


def new_secret(prefix: str = DEFAULT_PREFIX) -> str:
    """Return prefix, 32 random bytes in 43 base62 digits, and 6 digits of CRC-32 of all before.

    The checksum is no protection: it tells a leaked secret from a look-alike without asking us.
    """
    number = int.from_bytes(os.urandom(_RANDOM_SIZE), "big")
    unchecked = prefix + _to_base62(number, _RANDOM_DIGITS)
    return unchecked + _checksum(unchecked)


def is_secret(text: str, prefix: str = DEFAULT_PREFIX) -> bool:
    """Whether `text` has the form of `new_secret(prefix)`, checksum included."""
    unchecked, checksum = text[:-_CHECKSUM_DIGITS], text[-_CHECKSUM_DIGITS:]
    has_length = len(unchecked) == len(prefix) + _RANDOM_DIGITS
    return has_length and unchecked.startswith(prefix) and _checksum(unchecked) == checksum


def hash_secret(secret: str) -> bytes:
    """Return the SHA-256 to store and look up; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _checksum(unchecked: str) -> str:
    return _to_base62(zlib.crc32(unchecked.encode()), _CHECKSUM_DIGITS)


def _to_base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
