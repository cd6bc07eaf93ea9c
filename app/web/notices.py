"""What a page says after something was done: sentences named in the address, so none is kept."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, redirect, request, url_for

SEE_OTHER = 303
_SENTENCES = {
    "alias-removed": "The alias is removed.",
    "alias-set": "The alias is set.",
    "approved": "Approved: the grant is in force.",
    "asked": "Asked: who can decide sees your request now.",
    "bindings-changed": "The catalog is reached from where you said, from the next request on.",
    "created": "Created.",
    "deleted": "Deleted.",
    "disabled": "Disabled: whatever they send is refused from now on.",
    "enabled": "Enabled again.",
    "described": "Saved.",
    "dropped": "Dropped: it is in the trash, and can be brought back from there.",
    "granted": "Granted: it is in force from the next request on.",
    "key-bound": "The catalog's files are under this key from now on.",
    "key-disabled": "Disabled: nothing under this key can be read any more.",
    "key-enabled": "Enabled: what is under this key can be read again.",
    "key-doomed": "Nothing under this key can be read any more. You can still keep it.",
    "key-kept": "Kept: the key is disabled, and can be enabled.",
    "key-rewrapped": "Rotated, and every file under the key is wrapped by the new version.",
    "key-rotated": "Rotated. There is much under this key: it is re-wrapped in the background.",
    "owner-changed": "It has a new owner.",
    "refused": "Refused.",
    "restored": "It is back, with what was dropped together with it.",
    "revoked": "Revoked: it is true for the next request.",
    "tag-removed": "The tag is removed.",
    "tag-set": "The tag is set.",
    "token-revoked": "The token is revoked.",
    "webhook-off": "Switched off: nothing is sent to it any more.",
    "webhook-on": "Switched on: it is told of what happens from now on.",
    "webhook-tried": "An example was sent: the log below says what became of it.",
    "withdrawn": "Withdrawn.",
    "workspace-chosen": "You work in another workspace now.",
}


def current_notice() -> str:
    """Return the sentence that the address asks for, if there is such a one."""
    return _SENTENCES.get(request.args.get("notice", ""), "")


def done(notice: str, endpoint: str, **values: Any) -> Response:
    """Return the redirect that follows a change, to a page that says it is done."""
    assert notice in _SENTENCES  # noqa: S101 (a typing mistake of ours, never input)
    address = url_for(endpoint, notice=notice, **values)
    return current_app.make_response(redirect(address, SEE_OTHER))
