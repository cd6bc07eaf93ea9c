"""The index of names by their parts follows whatever happens to a name."""

import random

import pytest
from sqlalchemy import select

from app import securables
from app.db import Session
from app.securables import Kind, Securable, SecurableId, find_by_text
from app.securables.pieces import pieces_of
from app.securables.tables import name_pieces
from app.securables.tables import securables as spine
from tests.securables.test_tree import Tree, tree

__all__ = ["tree"]

NAMES = ("quality", "Quality of wine", "QUALITÄT", "aaaaaaaaaaaaaaaaaa", "質", "a", "ab" * 100)


def indexed(session: Session) -> set[tuple[str, str, str]]:
    return {tuple(row) for row in session.execute(select(name_pieces))}


def expected(session: Session, gone: set[SecurableId]) -> set[tuple[str, str, str]]:
    named = select(spine.c.kind, spine.c.id, spine.c.name).where(spine.c.kind != "metastore")
    return {
        (row.kind, piece, row.id)
        for row in session.execute(named)
        if row.id not in gone
        for piece in pieces_of(row.name)
    }


@pytest.mark.parametrize("seed", range(3))
def test_it_has_the_pieces_of_all_names_but_of_those_gone_for_good(tree: Tree, seed: int):
    draw = random.Random(seed)
    living: list[Securable] = [tree.model]
    trash: list[Securable] = []
    gone: set[SecurableId] = set()
    for number in range(40):
        name = f"{draw.choice(NAMES)}{number}"
        match draw.choice(["add", "rename", "drop", "undrop", "bury"]):
            case "add":
                living.append(securables.add(tree.root, Kind.TABLE, tree.schema, name))
            case "rename" if living:
                one = living.pop(draw.randrange(len(living)))
                living.append(securables.rename(tree.root, one, name))
            case "drop" if living:
                trash.append(living.pop(draw.randrange(len(living))))
                securables.drop(tree.root, trash[-1])
            case "undrop" if trash:
                living.append(securables.undrop(tree.root, trash.pop()))
            case "bury":
                buried = securables.bury(tree.root, Kind.TABLE, tree.root.now, 1)
                gone |= {one.id for one in trash if one.id in buried}
                trash = [one for one in trash if one.id not in gone]
        assert indexed(tree.session) == expected(tree.session, gone)


def test_a_name_is_found_by_any_part_whatever_the_case(tree: Tree):
    added = securables.add(tree.root, Kind.TABLE, tree.schema, "Straßen-ÖFFNUNG ΣΟΦΌΣ 品質モデル")
    for part in ("straß", "öffn", "N-Ö", "σοφός", "ΟΦΌς", "質モ", "ル", "G Σ", "straßen-öffnung"):
        assert find_by_text(tree.session, Kind.TABLE, [part]) == [added.id]
    assert find_by_text(tree.session, Kind.TABLE, ["öffnungen"]) == []
    assert find_by_text(tree.session, Kind.EXPERIMENT, ["öffnung"]) == []


def test_any_text_may_tell_and_none_tells_nothing(tree: Tree):
    assert find_by_text(tree.session, Kind.REGISTERED_MODEL, []) is None
    assert find_by_text(tree.session, Kind.REGISTERED_MODEL, [""]) is None
    assert find_by_text(tree.session, Kind.REGISTERED_MODEL, ["\U0010ffff"]) is None
    found = find_by_text(tree.session, Kind.REGISTERED_MODEL, ["", "\U0010ffff", "qual"])
    assert found == [tree.model.id]
