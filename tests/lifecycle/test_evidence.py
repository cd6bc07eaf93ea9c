"""The log is for those who may see it, and for one securable for those who see its grants."""

import pytest

from app.audit import AuditLog, Sealer
from app.audit.offline import verify_export
from app.audit.queries import EventFilter
from app.crypto import AuditKeys
from app.errors import InvalidParameterError, NotFoundError, PermissionDeniedError
from app.identity import Entry, Outcome
from app.lifecycle.evidence import (
    ExportFormat,
    events_of,
    export_events,
    list_events,
    verify_log,
)
from app.securables import FullName, Kind
from tests.factories import (
    caller_for,
    grant,
    make_catalog,
    make_group,
    make_metastore,
    make_model,
    make_schema,
    make_user,
)

EVERYTHING = EventFilter()
NAME = FullName.of("main", "fraud", "scorer")


@pytest.fixture
def keys():
    return AuditKeys(bytes(range(32)), bytes(32))


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


@pytest.fixture
def callers(session):
    """Root administers, ann audits, alice owns a model, bob may execute it, charlie nothing."""
    people = {name: make_user(session, name) for name in ("root", "ann", "alice", "bob", "charlie")}
    metastore = make_metastore(session, people["root"])
    catalog = make_catalog(session, metastore, "main", people["root"])
    schema = make_schema(session, catalog, "fraud", people["root"])
    model = make_model(session, schema, "scorer", people["alice"])
    readers = make_group(session, "readers", people["bob"])
    grant(session, metastore, people["ann"], "READ AUDIT")
    for person in (readers, people["alice"]):
        grant(session, catalog, person, "USE CATALOG", "USE SCHEMA")
    grant(session, model, readers, "EXECUTE")
    return {name: caller_for(session, person) for name, person in people.items()}


@pytest.fixture
def log(callers, keys, database, tmp_path):
    """Two events, the first about alice's model, sealed."""
    audit_log, alice = AuditLog(keys), callers["alice"]
    model = model_id_of(alice)
    alice.ledger.entries.clear()
    for operation, securable_id in (("model_version.load", model), ("profile.read", None)):
        alice.ledger.add(Entry(operation, Outcome.ALLOWED, "owner", securable_id))
    audit_log.write(alice.session, alice)
    alice.session.commit()
    alice.ledger.entries.clear()
    Sealer(database, keys, tmp_path / "checkpoints").seal_now()


def model_id_of(alice):
    page = events_of(alice, NAME, kind=Kind.REGISTERED_MODEL)
    assert page.items == []
    return alice.ledger.entries[-1].securable_id


@pytest.mark.parametrize("name", ["root", "ann"])
def test_who_audits_reads_the_whole_log(log, callers, name):
    page = list_events(callers[name], EVERYTHING)
    assert [event.operation for event in page.items] == ["profile.read", "model_version.load"]
    assert callers[name].ledger.entries[-1].operation == "audit.read"


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
def test_nobody_else_reads_exports_or_verifies_it(log, callers, keys, database, tmp_path, name):
    caller = callers[name]
    for attempt in (
        lambda: list_events(caller, EVERYTHING),
        lambda: export_events(caller, database, keys, ExportFormat.CSV, EVERYTHING),
        lambda: verify_log(caller, database, keys, tmp_path / "checkpoints"),
    ):
        with pytest.raises((NotFoundError, PermissionDeniedError)):
            attempt()
    assert {entry.outcome for entry in caller.ledger.entries} <= {Outcome.DENIED, Outcome.HIDDEN}


@pytest.mark.parametrize("name", ["root", "ann", "alice"])
def test_who_sees_the_grants_of_a_model_sees_what_happened_to_it(log, callers, name):
    page = events_of(callers[name], NAME, kind=Kind.REGISTERED_MODEL)
    assert [event.operation for event in page.items] == ["model_version.load"]


@pytest.mark.parametrize(
    "name, error", [("bob", PermissionDeniedError), ("charlie", NotFoundError)]
)
def test_who_does_not_see_them_does_not(log, callers, name, error):
    with pytest.raises(error):
        events_of(callers[name], NAME, kind=Kind.REGISTERED_MODEL)


def test_an_export_proves_itself_and_is_in_the_log(log, callers, keys, database, tmp_path):
    lines = export_events(callers["ann"], database, keys, ExportFormat.JSON_LINES, EVERYTHING)
    path = tmp_path / "export.jsonl"
    path.write_bytes(b"".join(lines))
    assert verify_export(path, keys.public_key).sealed == 2
    assert callers["ann"].ledger.entries[-1].details == {"format": "jsonl"}


@pytest.mark.parametrize("export_format, lines", [(ExportFormat.CSV, 2), (ExportFormat.OCSF, 1)])
def test_some_events_are_exported_for_other_programs(
    log, callers, keys, database, export_format, lines
):
    wanted = EventFilter(operation="profile.read")
    exported = export_events(callers["ann"], database, keys, export_format, wanted)
    assert len(list(exported)) == lines


def test_a_verifiable_export_of_some_events_is_refused(log, callers, keys, database):
    wanted = EventFilter(operation="profile.read")
    with pytest.raises(InvalidParameterError):
        export_events(callers["ann"], database, keys, ExportFormat.JSON_LINES, wanted)


def test_verifying_says_and_notes_what_was_found(log, callers, keys, database, tmp_path):
    verdict = verify_log(callers["ann"], database, keys, tmp_path / "checkpoints")
    assert verdict.is_sound, verdict.flaw
    assert callers["ann"].ledger.entries[-1].details == {"verified": 2, "flaw": None}
