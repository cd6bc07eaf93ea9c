"""Runs that name tables: what each caller's naming does, and what it must not tell."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import datasets, securables
from app.datasets.tables import data_tables
from app.datasets.values import Column
from app.db import Database
from app.identity import Outcome
from app.lineage import Direction, NodeKind, walk
from app.securables import FullName
from app.tracking.runs.inputs import log_inputs
from app.tracking.runs.runs import get_run
from app.tracking.values import Dataset, DatasetInput
from tests.datasets.worlds import GRAPES, World
from tests.factories import bind, grant, make_workspace

NAME = str(GRAPES)
ABSENT = "vineyard.cellar.absent"


def tables(world: World) -> int:
    counted = select(func.count()).select_from(data_tables)
    return int(world.session.execute(counted).scalar_one())


def source_kinds(world: World, run_id: str) -> list[NodeKind]:
    return [node.kind for node in world.sources(run_id).nodes[1:]]


def test_a_run_that_names_a_table_comes_from_the_table(world: World):
    made = world.table()
    run_id = world.log(world.caller(), NAME)
    (source,) = world.sources(run_id).nodes[1:]
    assert (source.key, source.label) == (f"securable:{made.id}", NAME)
    assert get_run(world.caller(), run_id).dataset_inputs[0].dataset.name == NAME


def test_naming_a_table_takes_no_more_than_to_see_it(world: World):
    world.table()
    for who in ("bob", "dora"):
        assert source_kinds(world, world.log(world.caller(who), NAME)) == ["securable"]


def test_naming_a_table_changes_nothing_of_it(world: World):
    made = world.table()
    world.log(world.caller("dora"), NAME, digest="another")
    assert datasets.get_table(world.caller(), GRAPES) == made


def test_a_hidden_table_and_an_absent_one_are_named_alike(world: World):
    hidden = world.table()
    told = {}
    for name in (NAME, ABSENT):
        caller = world.caller("charlie")
        run_id = world.log(caller, name)
        asset = f"asset:mlflow:{world.number}/{name}@d1"
        graphs = [
            walk(world.caller(who), start, direction, 3)
            for who in ("charlie", "root")
            for start, direction in (
                (f"run:{run_id}", Direction.BOTH),
                (asset, Direction.DOWNSTREAM),
            )
        ]
        log = [(one.operation, one.outcome, one.securable_name) for one in caller.ledger.entries]
        run = get_run(caller, run_id)
        shown = repr((graphs, run, log)).replace(run_id, "RUN").replace(run.info.name, "CALLED")
        told[name] = shown.replace(name, "NAME")
    assert told[NAME] == told[ABSENT]
    assert hidden.id not in told[NAME]


def test_a_stranger_registers_nothing(world: World):
    assert source_kinds(world, world.log(world.caller("charlie"), ABSENT)) == ["asset"]
    assert source_kinds(world, world.log(world.caller("bob"), ABSENT)) == ["asset"]
    assert tables(world) == 0


def test_a_reader_of_the_run_who_does_not_see_the_table_is_shown_a_masked_node(world: World):
    world.table()
    run_id = world.log(world.caller(), NAME)
    graph = world.sources(run_id, who="charlie")
    assert (graph.hidden, [node.label for node in graph.nodes[1:]]) == (1, [""])


def test_whoever_may_registers_the_table_by_naming_it(world: World):
    schema = '{"mlflow_colspec": [{"name": "sugar", "type": "double", "required": true}]}'
    caller = world.caller()
    run_id = world.log(caller, ABSENT, schema=schema)
    made = datasets.get_table(world.caller(), FullName.parse(ABSENT))
    assert made.owner_id == world.people["alice"].id
    assert made.contents.columns == (Column("sugar", "double", nullable=False),)
    assert (made.contents.source, made.contents.digest) == ("grapes.csv", "d1")
    assert source_kinds(world, run_id) == ["securable"]
    told = [(one.operation, one.outcome, one.securable_name) for one in caller.ledger.entries]
    assert ("table.create", Outcome.ALLOWED, ABSENT) in told


def test_a_name_that_comes_twice_registers_one_table(world: World):
    world.log(world.caller(), ABSENT, ABSENT, "`vineyard`.cellar.absent")
    assert tables(world) == 1


@pytest.mark.parametrize(
    "name",
    [
        "grapes",
        "cellar.grapes",
        "/data/grapes.csv",
        "nowhere.cellar.grapes",
        "vineyard.nowhere.grapes",
        "train.csv.gz",
        "a.b.c.d",
        "vineyard.cellar.`two words`",
        f"vineyard.cellar.{'x' * 300}",
        "vineyard..grapes",
    ],
)
def test_any_other_name_stays_the_experiments_own(world: World, name: str):
    assert source_kinds(world, world.log(world.caller(), name)) == ["asset"]
    assert tables(world) == 0


@pytest.mark.parametrize(
    "schema",
    ['{"mlflow_colspec": [{"name": "a", "type": "object", "properties": {"\\u0000": 1}}]}'],
)
def test_what_cannot_be_kept_of_a_data_set_does_not_fail_the_run(world: World, schema: str):
    assert source_kinds(world, world.log(world.caller(), ABSENT, schema=schema)) == ["securable"]


def test_a_renamed_table_is_named_by_its_new_name(world: World):
    world.table()
    datasets.rename_table(world.caller(), GRAPES, GRAPES.parent.child("raisins"))
    world.session.commit()
    run_id = world.log(world.caller("bob"), "vineyard.cellar.raisins")
    assert source_kinds(world, run_id) == ["securable"]
    assert source_kinds(world, world.log(world.caller("bob"), NAME)) == ["asset"]


def test_a_dropped_table_is_absent_and_its_lineage_stays(world: World):
    dropped = world.table()
    before = world.log(world.caller(), NAME)
    datasets.delete_table(world.caller(), GRAPES)
    world.session.commit()
    assert source_kinds(world, world.log(world.caller("bob"), NAME)) == ["asset"]
    assert world.sources(before).nodes[1].is_deleted
    after = world.log(world.caller(), NAME)
    assert world.sources(after).nodes[1].key != f"securable:{dropped.id}"


def test_a_taken_but_hidden_name_leaves_the_run_logged_and_the_attempt_on_record(world: World):
    world.table()
    grant(world.session, world.cellar, world.people["charlie"], "CREATE TABLE")
    caller = world.caller("charlie")
    run_id = world.log(caller, NAME)
    assert source_kinds(world, run_id) == ["asset"]
    told = {one.operation: one for one in caller.ledger.entries}
    assert told["table.create"].outcome is Outcome.FAILED
    assert told["table.create"].securable_name == str(GRAPES.parent)
    assert told["run.log"].outcome is Outcome.ALLOWED


def test_a_catalog_bound_read_only_takes_no_table(world: World):
    made = world.table()
    there = make_workspace("lab", world.cellar)
    bind(world.session, world.vineyard, there, read_only=True)
    securables.set_isolated(world.caller("root"), world.vineyard, isolated=True)
    caller = replace(world.caller(), workspace=there)
    assert source_kinds(world, world.log(caller, ABSENT)) == ["asset"]
    assert world.sources(world.log(caller, NAME)).nodes[1].securable_id == made.id


def test_a_token_for_runs_alone_neither_registers_nor_learns_of_a_table(world: World):
    world.table()
    caller = world.caller(scope=("run.*",))
    for name in (NAME, ABSENT):
        run_id = world.run()
        log_inputs(caller, run_id, datasets=[DatasetInput(Dataset(name, "d", "local", "{}"))])
        assert source_kinds(world, run_id) == ["asset"]
    assert {one.operation for one in caller.ledger.entries} == {"run.log"}


def test_a_second_digest_is_another_input_of_the_same_table(world: World):
    world.table()
    run_id = world.run()
    used = [DatasetInput(Dataset(NAME, digest, "local", "{}")) for digest in ("train", "test")]
    log_inputs(world.caller(), run_id, datasets=used)
    assert len(get_run(world.caller(), run_id).dataset_inputs) == 2
    assert source_kinds(world, run_id) == ["securable"]


def test_runs_that_register_one_name_at_once_agree_on_the_table(world: World, database: Database):
    runs = [world.run() for _ in range(4)]
    failures: list[Exception] = []
    together = threading.Barrier(len(runs))

    def log(run_id: str) -> None:
        with database.session() as session:
            caller = replace(world.caller(), session=session)
            used = [
                DatasetInput(Dataset(f"vineyard.cellar.{leaf}", "d", "local", "{}"))
                for leaf in ("one", "two", "three")
            ]
            together.wait()
            try:
                log_inputs(caller, run_id, datasets=used)
                session.commit()
            except Exception as error:  # noqa: BLE001 (told by the test's own thread)
                failures.append(error)

    threads = [threading.Thread(target=log, args=(run_id,)) for run_id in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert tables(world) == 3
    found = {tuple(sorted(node.key for node in world.sources(run).nodes[1:])) for run in runs}
    assert len(found) == 1
