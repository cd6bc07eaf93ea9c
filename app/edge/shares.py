"""Which webhooks the courier serves at one time, so that receivers that are slow keep none waiting.

Whether a receiver is slow is known once it has been served: until then it counts as slow. Slow ones
have half of the places, one receiver a quarter, and who was served longest ago comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

SLOW_SECONDS = 1.0
"""What a delivery may take of a receiver that counts as quick."""

_AT_ONCE = 8
_OF_SLOW_ONES = 4
_OF_ONE = 2


@dataclass(frozen=True, slots=True)
class Addressee:
    """A webhook, and its receiver: the host and the port of its URL."""

    webhook_id: str
    receiver: str

    @classmethod
    def of(cls, webhook_id: str, url: str) -> Addressee:
        """Return the webhook that sends to ``url``."""
        return cls(webhook_id, urlsplit(url).netloc.lower())


class Shares:
    """The places, who has one, and who was quick the last time; for one thread at a time."""

    def __init__(self) -> None:
        self._served: dict[str, Addressee] = {}
        self._quick: dict[str, Addressee] = {}
        self._turns: dict[str, int] = {}
        self._turn = 0

    def admit(self, due: Iterable[Addressee]) -> list[Addressee]:
        """Give places to those of the addressees that may be served now, and return them."""
        by_turn = sorted(due, key=lambda one: self._turns.get(one.webhook_id, 0))
        return [addressee for addressee in by_turn if self._admit(addressee)]

    def release(self, addressee: Addressee, *, was_quick: bool) -> None:
        """Take a place back."""
        webhook_id = addressee.webhook_id
        del self._served[webhook_id]
        self._turn += 1
        self._turns[webhook_id] = self._turn
        if was_quick:
            self._quick[webhook_id] = addressee
        else:
            self._quick.pop(webhook_id, None)

    def _admit(self, addressee: Addressee) -> bool:
        served = self._served.values()
        if addressee.webhook_id in self._served or len(served) >= _AT_ONCE:
            return False
        slow = sum(not self._is_quick(one) for one in served)
        there = sum(one.receiver == addressee.receiver for one in served)
        if there >= _OF_ONE or (slow >= _OF_SLOW_ONES and not self._is_quick(addressee)):
            return False
        self._served[addressee.webhook_id] = addressee
        return True

    def _is_quick(self, addressee: Addressee) -> bool:
        """Tell whether a webhook was quick where it sends to now."""
        return self._quick.get(addressee.webhook_id) == addressee
