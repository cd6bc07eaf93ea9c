"""What all HTTP shares: authentication, the Caller, one unit of work a request, the two locks.

A route is closed unless it is marked ``public``; a success without a decision becomes a 500.
"""

from app.edge.bodies import json_body, query_dict
from app.edge.marks import (
    is_public,
    is_scripted,
    pages,
    public,
    scripted,
    streams_body,
    takes_json,
)
from app.edge.services import Services, services
from app.edge.unit import caller

__all__ = [
    "Services",
    "caller",
    "is_public",
    "is_scripted",
    "json_body",
    "pages",
    "public",
    "query_dict",
    "scripted",
    "services",
    "streams_body",
    "takes_json",
]
