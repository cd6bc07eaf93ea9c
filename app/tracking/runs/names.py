"""Names for runs and logged models that come without one: ``adjective-noun-number``."""

from __future__ import annotations

import re
import secrets

_ADJECTIVES = re.findall(
    r"\w+",
    "amber bold brisk calm clever copper crisp dapper eager early fair fleet frank gentle glad "
    "grand hardy honest humble jolly keen kind lively loyal lucid merry mellow nimble noble open "
    "patient plain polite proud quick quiet rapid ready rustic serene sharp silver smart solid "
    "steady stout sturdy subtle sunny swift tidy true upbeat valiant vivid warm wise witty zesty",
)
_NOUNS = re.findall(
    r"\w+",
    "acorn alder anchor aspen badger beacon birch bison brook cedar comet crane delta dune eagle "
    "elm ember falcon fern finch fjord gale gannet glade grouse harbor hawk hazel heron ibex "
    "island jay kestrel lark ledger linden lynx maple marten meadow moth oak orchard osprey otter "
    "pebble pike plover quarry quill raven reef river robin sable seal shore sparrow spruce stork "
    "summit swan tern thicket thrush tide trout vale walnut wren yarrow",
)


def random_name() -> str:
    """Return a name that is easy to say and seldom comes twice."""
    number = secrets.randbelow(1000)
    return f"{secrets.choice(_ADJECTIVES)}-{secrets.choice(_NOUNS)}-{number}"
