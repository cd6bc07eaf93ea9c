"""Names of several scripts, patterns that some of them meet, and what a pattern means."""

import re

from hypothesis import strategies as st

from app.db.predicates import Operator

AT_HOME = (
    "fraud-detection-eu",
    "Fraud_Detection_EU",
    "100%_sure",
    "aaaaaaaaaaaaaaaaaaaa",
    "Hauptstraße",
    "ΣΊΣΥΦΟΣ",
    "модель-ЖЖ",
    "検索モデル",
    "a*b?[c]",
    "🍷🍷",
    "team v1.2",
    "x",
)
ELSEWHERE = ("fraud", "team", "wine-ML")


@st.composite
def patterns(draw, place="prod.ml."):
    """Parts of names between wild characters, in another case now and then, or cut short."""
    known = st.sampled_from([*AT_HOME, *(place + leaf for leaf in ELSEWHERE)])
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        name = draw(known)
        start = draw(st.integers(0, len(name) - 1))
        part = name[start : draw(st.integers(start, len(name)))]
        parts.append(draw(st.sampled_from([part, part.upper(), part.lower(), "_" + part[1:]])))
    beginning, end = draw(st.sampled_from(["%", "", "_"])), draw(st.sampled_from(["%", ""]))
    return beginning + "%".join(parts) + end


def matches(name: str, operator: Operator, pattern: str) -> bool:
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(character, re.escape(character)) for character in pattern)
    flags = re.DOTALL | (re.IGNORECASE if operator is Operator.ILIKE else re.NOFLAG)
    return re.fullmatch(regex, name, flags) is not None
