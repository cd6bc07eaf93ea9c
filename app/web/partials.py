"""Fill a template, or for htmx only the block of it that the page is going to swap."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, render_template, request


def render(template: str, **values: Any) -> str:
    """Return a whole page."""
    return render_template(template, **values)


def render_or_block(template: str, block: str, **values: Any) -> Response:
    """Return a page, or one block of it when htmx asks to put that into the page it has."""
    if request.headers.get("HX-Request") != "true":
        page = make_response(render_template(template, **values))
    else:
        page = make_response(_block(template, block, values))
    page.headers["Vary"] = "HX-Request"
    return page


def _block(template: str, block: str, values: dict[str, Any]) -> str:
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(values)
    context = found.new_context(values)
    return current_app.jinja_env.concat(found.blocks[block](context))
