"""The form of a change that was refused, to be corrected: nothing that was entered is lost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from flask import request

from app import errors

_CORRECTABLE = (
    errors.InvalidParameterError,
    errors.NotFoundError,
    errors.AlreadyExistsError,
    errors.ConflictError,
)
_CSRF = "csrf_token"
_SECRET = frozenset({"password", "old_password", "new_password", "secret"})
_CHOSEN = frozenset(
    {
        "days",
        "effect",
        "events",
        "force",
        "format",
        "item",
        "kind",
        "scope",
        "theme",
        "username",
        "version",
    }
)
_SAYING_ON_WHAT = frozenset({"item", "owner"})
_LABELS = {
    "comment": "What it is for",
    "confirmation": "Its name again",
    "display_name": "Shown as",
    "old_password": "The password in use",
    "new_password": "The new password",
    "principal": "User or group",
    "reason": "Why",
    "url": "Send to",
}
_LONG = 80
_MOST_FIELDS = 50
_MOST_TEXT = 65_536
"""Characters: nobody types so many, and whoever sent them has no use for them in an answer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field as it was sent; ``is_wrong`` where the refusal names it, secrets come back empty."""

    name: str
    label: str
    value: str
    is_wrong: bool
    is_hidden: bool

    @property
    def is_secret(self) -> bool:
        """Whether it is entered unseen."""
        return self.name in _SECRET

    @property
    def is_long(self) -> bool:
        """Whether it takes more than one line."""
        return len(self.value) > _LONG or "\n" in self.value


def entries_to_correct(error: errors.MunimentError) -> tuple[Entry, ...]:
    """Return the fields of the form that an error is about; none where there is none to correct.

    What is too long for a form that somebody filled in does not come back.
    """
    if request.method != "POST" or not isinstance(error, _CORRECTABLE):
        return ()
    form = request.form
    sent = list(islice(form.items(multi=True), _MOST_FIELDS + 1))
    if len(sent) > _MOST_FIELDS or sum(len(name + value) for name, value in sent) > _MOST_TEXT:
        return ()
    fixed = _CHOSEN | ({"name"} if _SAYING_ON_WHAT & form.keys() else frozenset())
    entries = tuple(
        Entry(
            name=name,
            label=_LABELS.get(name, name.capitalize()),
            value="" if name in _SECRET else value,
            is_wrong=name == error.field,
            is_hidden=name in fixed and name != error.field,
        )
        for name, value in sent
        if name != _CSRF
    )
    return entries if any(not entry.is_hidden for entry in entries) else ()
