import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import access
from app.access import Operation
from app.db import Session
from app.errors import InvalidParameterError
from app.identity import Caller, Principal, PrincipalKind, Request, WorkspaceRef
from app.identity.caller import PrincipalId, WorkspaceId
from app.namespace import create_workspace, echo, full_name
from app.securables import FullName, split_name
from tests.factories import caller_for, make_experiment

AT_HOME = Caller(
    principal=Principal(PrincipalId("0" * 32), PrincipalKind.USER, "alice"),
    workspace=WorkspaceRef(WorkspaceId("1" * 32), "vision", "2" * 32, "3" * 32),
    session=None,  # type: ignore[arg-type]
    request=Request(id="request"),
    now=0,
)


@pytest.mark.parametrize(
    "text, parts",
    [
        ("main.prod.wine", ("main", "prod", "wine")),
        ("`main`.prod.`a.b c`", ("main", "prod", "a.b c")),
        ("wine", ("vision", "default", "wine")),
        ("wine.v1", ("vision", "default", "wine.v1")),
        ("a.b.c.d", ("vision", "default", "a.b.c.d")),
        ("/Users/ann/exp 1", ("vision", "default", "/Users/ann/exp 1")),
        ("/Users/ann@x.org/v1.2", ("vision", "default", "/Users/ann@x.org/v1.2")),
        ("a..c", ("vision", "default", "a..c")),
        ("../../etc/passwd", ("vision", "default", "../../etc/passwd")),
        ("Größe", ("vision", "default", "Größe")),
    ],
)
def test_a_name_stands_for_one_place(text: str, parts: tuple[str, ...]):
    assert full_name(AT_HOME, text).parts == parts


@pytest.mark.parametrize("text", ["", "  ", "a\0b", "a\nb", "x" * 501])
def test_a_bad_name_is_refused_with_its_field(text: str):
    with pytest.raises(InvalidParameterError) as caught:
        full_name(AT_HOME, text, field="model_name")
    assert caught.value.field == "model_name"


def test_without_a_workspace_only_full_names_stand_for_something(
    session: Session, root: Caller, charlie: Principal
):
    caller = caller_for(session, charlie)
    assert full_name(caller, "main.prod.wine") == FullName.of("main", "prod", "wine")
    with pytest.raises(InvalidParameterError, match=r"in no workspace: use catalog\.schema"):
        full_name(caller, "wine")


@pytest.mark.parametrize("name", ["wine", "/Users/ann/exp 1", "wine.v1", "x.y.z", "`"])
def test_an_echo_leads_back(session: Session, root: Caller, alice: Principal, name: str):
    workspace = create_workspace(root, "vision", members=("alice",))
    caller = caller_for(session, alice, workspace.ref)
    home = access.obtain(caller, Operation.SCHEMA_READ, FullName.of("vision", "default"))
    made = make_experiment(session, home, name, alice)
    assert full_name(caller, echo(caller, made)).leaf == name
    elsewhere = caller_for(session, alice)
    assert full_name(elsewhere, echo(elsewhere, made)) == made.full_name


@given(st.text(max_size=40))
def test_whatever_the_text_it_is_refused_or_round_trips(text: str):
    try:
        name = full_name(AT_HOME, text)
    except InvalidParameterError:
        return
    assert split_name(str(name)) == name.parts
