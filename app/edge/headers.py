"""Headers that every answer carries, and the stricter ones of pages."""

from __future__ import annotations

from flask import Flask, Response, request

from app.edge.marks import is_page

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
UNLESS_SAID = {"Cache-Control": "no-store"}


def install(app: Flask) -> None:
    """Send the security headers with every answer of ``app``."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    headers = response.headers
    for name, value in ALWAYS.items():
        headers[name] = value
    for name, value in UNLESS_SAID.items():
        headers.setdefault(name, value)
    if is_page() or response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
