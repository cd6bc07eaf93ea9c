"""The pages: each view calls the use-cases that the protocols call, and fills one template."""

from app.web import filters, home, keys, layout, policy, refusals, signin
from app.web.blueprint import web

__all__ = ["filters", "home", "keys", "layout", "policy", "refusals", "signin", "web"]
