"""Answer with the bytes of a file, so that no browser makes more of them than bytes.

Whatever a run logged is somebody's upload: an active type goes out as plain text, as an attachment,
in a sandbox, and is not sniffed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import Range
from werkzeug.http import unquote_etag

from app.artifacts import OpenedFile
from app.protocols.mlflow.containers import ByteRange

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)
_ACTIVE = re.compile(
    r"text/(?:html|xml|xsl|javascript|ecmascript|vbscript|x-.*)|.*\+xml"
    r"|application/(?:xml|xhtml.*|javascript|x-javascript|ecmascript|x-shockwave-flash|pdf)"
    r"|multipart/.*|message/.*"
)


def send_file(open_range: Callable[[ByteRange], OpenedFile]) -> Response:
    """Answer with a file, or with the one range of it that the request asks for (RFC 9110 §14)."""
    wanted = _range()
    opened = open_range(wanted)
    etag = opened.info.sha256.hex()
    if wanted is not None and not _is_still(etag):
        opened.chunks.close()
        wanted, opened = None, open_range(None)
    if request.method == "HEAD":
        opened.chunks.close()
    response = Response(opened.chunks, direct_passthrough=True)
    response.mimetype = media_type(opened.info.content_type)
    response.content_length = opened.length
    response.set_etag(etag)
    response.accept_ranges = "bytes"
    if wanted is not None:
        response.status_code = 206
        response.content_range.set(opened.start, opened.end, opened.size)
    return as_attachment(response, opened.info.name)


def as_attachment(response: Response, name: str) -> Response:
    """Let a browser save what is answered under a name, and do nothing else with it."""
    quoted = quote(name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quoted}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def media_type(stored: str | None) -> str:
    """Return the type to send for one that a client claimed."""
    plain = (stored or "").partition(";")[0].strip().lower()
    if _MEDIA_TYPE.fullmatch(plain) is None:
        return "application/octet-stream"
    return "text/plain" if _ACTIVE.fullmatch(plain) else plain


def _range() -> ByteRange:
    asked: Range | None = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    start, end = asked.ranges[0]
    return start or 0, end


def _is_still(etag: str) -> bool:
    """Tell whether If-Range, if it is there, names the file as it is."""
    condition = request.headers.get("If-Range")
    return condition is None or unquote_etag(condition) == (etag, False)
