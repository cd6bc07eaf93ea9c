"""The tags of a model or data set: set, and removed."""

from __future__ import annotations

from flask import Response, request

from app import namespace, registry
from app.edge import caller
from app.securables import FullName, Kind
from app.web.blueprint import web
from app.web.notices import done


@web.post("/models/<object:name>/tags")
def set_model_tag(name: FullName) -> Response:
    """Set a tag, whatever it was before."""
    tag, value = request.form.get("tag", ""), request.form.get("value", "")
    registry.set_model_tag(caller(), name, tag, value)
    return done("tag-set", "web.show_model", name=name)


@web.post("/models/<object:name>/tags/remove")
def remove_model_tag(name: FullName) -> Response:
    """Take a tag away."""
    registry.delete_model_tag(caller(), name, request.form.get("tag", ""))
    return done("tag-removed", "web.show_model", name=name)


@web.post("/datasets/<object:name>/tags")
def set_dataset_tag(name: FullName) -> Response:
    """Set a tag, whatever it was before."""
    tag, value = request.form.get("tag", ""), request.form.get("value", "")
    namespace.set_tags(caller(), Kind.TABLE, name, {tag: value})
    return done("tag-set", "web.show_dataset", name=name)


@web.post("/datasets/<object:name>/tags/remove")
def remove_dataset_tag(name: FullName) -> Response:
    """Take a tag away."""
    namespace.delete_tag(caller(), Kind.TABLE, name, request.form.get("tag", ""))
    return done("tag-removed", "web.show_dataset", name=name)
