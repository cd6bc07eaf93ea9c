"""Protobuf's Timestamp and Duration in JSON, read and written in milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import ValidationError, fields
from typing_extensions import override

_TIME = re.compile(
    r"(?P<whole>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_DURATION = re.compile(r"(?P<whole>\d{1,12})(?:\.(?P<part>\d{1,9}))?s", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Timestamp(fields.Field[int]):
    """A time in RFC 3339, not before 1970."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int:
        found = _TIME.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise _invalid(attr, "it is not a time in RFC 3339")
        zone = found["zone"].replace("Z", "+00:00")
        try:
            since = datetime.fromisoformat(found["whole"] + zone) - _EPOCH
        except (ValueError, OverflowError):
            raise _invalid(attr, "there is no such time") from None
        if since < timedelta(0):
            raise _invalid(attr, "it is before 1970")
        return since // timedelta(seconds=1) * 1000 + _millis(found["part"])


class Duration(fields.Field[int]):
    """A span of time such as ``1.5s``, not negative."""

    @override
    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> int:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise _invalid(attr, "it is not a duration")
        return int(found["whole"]) * 1000 + _millis(found["part"])


def dump_time(millis: int) -> str:
    """Return a moment in RFC 3339; what is beyond the year 9999 is its end."""
    last = datetime.max.replace(tzinfo=UTC) - _EPOCH
    moment = _EPOCH + min(timedelta(milliseconds=min(millis, 1 << 48)), last)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def dump_duration(millis: int) -> str:
    """Return a span of time in seconds."""
    seconds, part = divmod(millis, 1000)
    return f"{seconds}.{part:03}s"


def _millis(part: str | None) -> int:
    return int(((part or "") + "000")[:3])


def _invalid(name: str | None, why: str) -> ValidationError:
    return ValidationError(f"Invalid value for parameter '{name}' supplied: {why}")
