"""A real argon2id, cheap enough for tests, that counts how often it is asked."""

from typing import Literal

import argon2
from typing_extensions import override

from app.config import SecuritySettings
from app.identity import PasswordVerifier

SECURITY = SecuritySettings(
    session_idle_hours=8,
    session_max_hours=168,
    account_attempts=3,
    address_attempts=6,
    password_length=12,
    secure_cookies="auto",
)


class CountingHasher(argon2.PasswordHasher):
    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified = 0

    @override
    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.verified += 1
        return super().verify(hash, password)


def make_verifier(hasher: CountingHasher | None = None) -> PasswordVerifier:
    return PasswordVerifier(SECURITY, hasher=hasher or CountingHasher())
