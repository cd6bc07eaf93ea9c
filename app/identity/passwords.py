"""Passwords: what is a good one, and the argon2id hash that is kept of it."""

from __future__ import annotations

from sqlalchemy import text

from app.db import Session
from app.errors import InvalidParameterError

MAX_PASSWORD = 1024

# Fewer than twelve characters are refused by length; these are the habits beyond that.
_COMMON = frozenset(
    (
        "password",
        "administrator",
        "welcome",
        "changeme",
        "letmein",
        "qwertyuiop",
        "qwertyuiopasdfgh",
        "qwertyasdfgh",
        "asdfghjkl",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qaz2wsx",
        "123qweasdzxc",
        "qazwsxedcrfv",
        "zxcvbnm",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "trustno1",
        "mustang",
        "monkey",
        "dragon",
        "master",
        "shadow",
        "correcthorsebatterystaple",
        "thisismypassword",
        "mypassword",
        "passphrase",
        "secret",
        "mlflow",
        "muniment",
    )
)
_SHORTEST_TELLING_NAME = 3
_LONGEST_PERIOD = 4
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")

_SET = text("""
INSERT INTO passwords (principal_id, hash, version, changed_at)
VALUES (:principal, :hash, 1, :now)
ON CONFLICT (principal_id) DO UPDATE
SET hash = excluded.hash, version = passwords.version + 1, changed_at = excluded.changed_at
""")


def check_password(password: str, name: str, *, least: int, field: str = "password") -> None:
    """Refuse a password that is guessed first; ``least`` is its least number of characters.

    Raises InvalidParameterError if it is too short or longer than 1,024 characters, is a common
    one with figures and signs around it, repeats itself, or contains the account's name.
    """
    folded = password.casefold()
    core = "".join(character for character in folded if character.isalpha())
    account = name.partition("@")[0]
    if len(password) < least:
        msg = f"Invalid value for {field}: a password needs at least {least} characters"
    elif len(password) > MAX_PASSWORD:
        msg = f"Invalid value for {field}: a password has at most {MAX_PASSWORD} characters"
    elif any("\ud800" <= character <= "\udfff" for character in password):
        msg = f"Invalid value for {field}: it is not text"
    elif folded in _COMMON or core in _COMMON or _is_run(folded):
        msg = f"Invalid value for {field}: this password is among the most common ones"
    elif len(account) >= _SHORTEST_TELLING_NAME and account in folded:
        msg = f"Invalid value for {field}: a password must not contain the account's name"
    else:
        return
    raise InvalidParameterError(msg, field=field)


def set_password_hash(session: Session, principal_id: str, password_hash: str, now: int) -> None:
    """Keep the hash of a new password; browser sessions of the old one end with its version."""
    session.execute(_SET, {"principal": principal_id, "hash": password_hash, "now": now})


def _is_run(folded: str) -> bool:
    size = len(folded)
    for period in range(1, min(_LONGEST_PERIOD, size // 2) + 1):
        if folded == (folded[:period] * size)[:size]:
            return True
    return any(folded in run * 2 or folded in (run * 2)[::-1] for run in _RUNS)
