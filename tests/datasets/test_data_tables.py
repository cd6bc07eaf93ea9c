"""Tables: registered, seen, described, renamed, dropped and brought back."""

import pytest

from app import access, datasets, namespace, securables
from app.access import Operation, requests
from app.datasets import Column, Contents
from app.errors import (
    AlreadyExistsError,
    ConflictError,
    InvalidParameterError,
    NotFoundError,
    PermissionDeniedError,
)
from app.identity import Outcome
from app.lineage import Direction, walk
from app.securables import FullName, Kind
from tests.datasets.worlds import CONTENTS, GRAPES, World
from tests.factories import NOW, grant

CELLAR = GRAPES.parent
RAISINS = CELLAR.child("raisins")


def test_a_new_table_belongs_to_its_maker_and_is_read_back_whole(world: World):
    made = world.table()
    assert (made.full_name, made.owner_id) == (GRAPES, world.people["alice"].id)
    assert (made.comment, made.contents) == ("ripe", CONTENTS)
    assert datasets.get_table(world.caller("bob"), GRAPES) == made


def test_a_name_is_taken_once(world: World):
    world.table()
    with world.undone(), pytest.raises(AlreadyExistsError):
        datasets.create_table(world.caller(), GRAPES)


def test_a_table_and_a_model_may_share_a_name(world: World):
    world.table()
    model = securables.add(world.caller(), Kind.REGISTERED_MODEL, world.cellar, GRAPES.leaf)
    assert datasets.get_table(world.caller(), GRAPES).id != model.id


@pytest.mark.parametrize(
    "contents, field",
    [
        (Contents(source="https://ann:secret@example.com/x"), "source"),
        (Contents(source="\x00"), "source"),
        (Contents(source="s" * 65_536), "source"),
        (Contents(data_format="f" * 41), "data_format"),
        (Contents(columns=(Column("", "long"),)), "columns"),
        (Contents(columns=(Column("a", ""),)), "columns"),
        (Contents(columns=(Column("a", "long"), Column("a", "long"))), "columns"),
        (Contents(columns=(Column("\ud800", "long"),)), "columns.name"),
        (Contents(columns=tuple(Column(str(n), "long") for n in range(5001))), "columns"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_named(world: World, contents: Contents, field: str):
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        datasets.create_table(world.caller(), GRAPES, contents)
    assert refusal.value.field == field


@pytest.mark.parametrize("leaf", ["", "a b", "a.b", "é", "x" * 256])
def test_a_table_has_a_plain_name(world: World, leaf: str):
    with world.undone(), pytest.raises(InvalidParameterError):
        datasets.create_table(world.caller(), CELLAR.child(leaf))


def test_charlie_neither_sees_nor_registers_a_table(world: World):
    world.table()
    with pytest.raises(NotFoundError):
        datasets.get_table(world.caller("charlie"), GRAPES)
    for name in (GRAPES, RAISINS):
        with world.undone(), pytest.raises((NotFoundError, PermissionDeniedError)):
            datasets.create_table(world.caller("charlie"), name)


def test_dora_browses_a_table_and_changes_nothing(world: World):
    made = world.table()
    assert datasets.get_table(world.caller("dora"), GRAPES) == made
    for change in (
        lambda who: datasets.update_table(who, GRAPES, comment="x"),
        lambda who: datasets.rename_table(who, GRAPES, RAISINS),
        lambda who: datasets.delete_table(who, GRAPES),
        lambda who: namespace.set_tags(who, Kind.TABLE, GRAPES, {"a": "b"}),
    ):
        with world.undone(), pytest.raises(PermissionDeniedError):
            change(world.caller("dora"))


def test_a_list_holds_what_one_sees_by_name_page_by_page(world: World):
    for leaf in ("c", "a", "b"):
        world.table(CELLAR.child(leaf))
    first = datasets.list_tables(world.caller("bob"), CELLAR, limit=2)
    last = datasets.list_tables(world.caller("bob"), CELLAR, page_token=first.next_token)
    assert [one.full_name.leaf for one in first.items + last.items] == ["a", "b", "c"]
    assert last.items[0].contents == CONTENTS
    assert datasets.list_tables(world.caller("charlie"), CELLAR).items == []


@pytest.mark.parametrize("token", ["x", "a", "WzEsMl0"])
def test_a_list_goes_on_from_its_own_tokens_alone(world: World, token: str):
    with pytest.raises(InvalidParameterError):
        datasets.list_tables(world.caller(), CELLAR, page_token=token)


def test_a_description_leaves_the_contents_and_the_reverse(world: World):
    world.table()
    later = Contents(source="s3://bucket/newer", digest="d2")
    assert datasets.update_table(world.caller(), GRAPES, comment="dry").contents == CONTENTS
    changed = datasets.update_table(world.caller(now=NOW + 5), GRAPES, contents=later)
    assert (changed.comment, changed.contents) == ("dry", later)
    assert datasets.get_table(world.caller(), GRAPES).updated_at == NOW + 5


def test_a_rename_keeps_id_grants_tags_and_lineage(world: World):
    made = world.table()
    grant(world.session, world.cellar, world.people["charlie"], "SELECT")
    namespace.set_tags(world.caller(), Kind.TABLE, GRAPES, {"colour": "red"})
    run_id = world.log(world.caller(), str(GRAPES))
    renamed = datasets.rename_table(world.caller(), GRAPES, RAISINS)
    assert (renamed.id, renamed.full_name) == (made.id, RAISINS)
    place = access.obtain(world.caller("charlie"), Operation.TABLE_READ, RAISINS)
    assert namespace.tags_of(world.caller(), place) == {"colour": "red"}
    assert [node.label for node in world.sources(run_id).nodes[1:]] == [str(RAISINS)]


def test_a_rename_stays_in_the_schema(world: World):
    world.table()
    with world.undone(), pytest.raises(InvalidParameterError) as refusal:
        datasets.rename_table(world.caller(), GRAPES, FullName.of("lab", "default", "grapes"))
    assert refusal.value.field == "new_name"


def test_whoever_may_write_a_table_describes_it_but_does_not_rename_it(world: World):
    world.table()
    grant(world.session, world.cellar, world.people["readers"], "MODIFY")
    assert datasets.update_table(world.caller("bob"), GRAPES, comment="x").comment == "x"
    with world.undone(), pytest.raises(PermissionDeniedError, match="MANAGE"):
        datasets.rename_table(world.caller("bob"), GRAPES, RAISINS)


def test_a_dropped_table_is_gone_in_the_trash_and_back(world: World):
    made = world.table()
    datasets.delete_table(world.caller(), GRAPES)
    with pytest.raises(NotFoundError):
        datasets.get_table(world.caller(), GRAPES)
    assert [one.id for one in namespace.list_trash(world.caller(), Kind.TABLE).items] == [made.id]
    assert datasets.restore_table(world.caller(), made.id) == made


def test_what_is_not_in_the_trash_or_has_lost_its_name_is_not_restored(world: World):
    made = world.table()
    with world.undone(), pytest.raises(ConflictError):
        datasets.restore_table(world.caller(), made.id)
    datasets.delete_table(world.caller(), GRAPES)
    world.table()
    with world.undone(), pytest.raises(AlreadyExistsError):
        datasets.restore_table(world.caller(), made.id)


def test_each_change_is_one_event_that_names_the_table(world: World):
    caller = world.caller()
    made = datasets.create_table(caller, GRAPES, CONTENTS)
    datasets.rename_table(caller, GRAPES, RAISINS)
    datasets.delete_table(caller, RAISINS)
    datasets.restore_table(caller, made.id)
    told = [(one.operation, one.securable_name) for one in caller.ledger.entries]
    assert told == [
        ("table.create", str(GRAPES)),
        ("table.rename", str(RAISINS)),
        ("table.delete", str(RAISINS)),
        ("table.restore", str(RAISINS)),
    ]
    assert {one.securable_id for one in caller.ledger.entries} == {made.id}
    assert {one.outcome for one in caller.ledger.entries} == {Outcome.ALLOWED}


def test_the_log_keeps_no_address_that_might_open_the_data(world: World):
    caller = world.caller()
    signed = Contents(source="https://host/x?signature=s3cret", digest="d2")
    datasets.create_table(caller, GRAPES, signed)
    datasets.update_table(caller, GRAPES, comment="x", contents=signed)
    assert "s3cret" not in repr(caller.ledger.entries)
    assert caller.ledger.entries[1].details == {"comment": "x", "columns": 0, "digest": "d2"}


def test_a_table_is_found_by_words_of_its_name_and_comment(world: World):
    world.table()
    for text in ("grapes", "ripe", "vineyard.cellar"):
        found = namespace.search(world.caller("bob"), namespace.Query(text, (Kind.TABLE,)))
        assert [hit.full_name for hit in found.hits] == [GRAPES]
    assert namespace.search(world.caller("charlie"), namespace.Query("grapes")).hits == []


def test_a_grant_on_a_table_is_made_explained_and_revoked(world: World):
    world.table()
    who = world.caller("charlie")
    access.grant(world.caller(), GRAPES, "charlie", "SELECT", kind=Kind.TABLE)
    explanation = access.explain(who, None, Operation.TABLE_READ, GRAPES, kind=Kind.TABLE)
    assert explanation.is_allowed
    access.revoke(world.caller(), GRAPES, "charlie", "SELECT", kind=Kind.TABLE)
    with pytest.raises(NotFoundError):
        access.explain(who, None, Operation.TABLE_READ, GRAPES, kind=Kind.TABLE)


def test_whoever_browses_a_table_asks_for_it_and_the_owner_gives_it(world: World):
    world.table()
    wish = requests.Wish("SELECT", "to taste")
    request_id = requests.ask(world.caller("dora"), GRAPES, wish, kind=Kind.TABLE)
    requests.approve(world.caller(), request_id, requests.Approval())
    held = access.effective_on(world.caller(), GRAPES, kind=Kind.TABLE, principal="dora")
    assert "SELECT" in {one.privilege for one in held}


def test_a_table_without_an_edge_has_a_lineage_of_its_own(world: World):
    made = world.table()
    world.log(world.caller(), str(GRAPES))
    graph = walk(world.caller(), f"securable:{made.id}", Direction.DOWNSTREAM, 2)
    assert [node.kind for node in graph.nodes] == ["securable", "run"]
