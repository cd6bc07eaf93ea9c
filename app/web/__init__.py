"""The pages: each view calls the use-cases that the protocols call, and fills one template."""

from app.web import home, refusals, signin
from app.web.blueprint import web

__all__ = ["home", "refusals", "signin", "web"]
