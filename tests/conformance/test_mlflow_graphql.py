"""MLflow's GraphQL schema, laid over ours: what ours has is theirs, by name and type."""

from importlib import import_module

import pytest
from graphql import GraphQLInputObjectType, GraphQLNamedType, GraphQLObjectType, GraphQLSchema

from app.protocols.mlflow.graphql.answers import make_schema

pytestmark = [pytest.mark.conformance, pytest.mark.filterwarnings("ignore")]

OURS = make_schema()


@pytest.fixture
def theirs() -> GraphQLSchema:
    # By name, since importing it warns of what MLflow uses elsewhere.
    module = import_module("mlflow.server.graphql.graphql_schema_extensions")
    schema: GraphQLSchema = module.schema.graphql_schema
    return schema


def fields(kind: GraphQLNamedType | None) -> dict[str, str]:
    if not isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
        return {}
    return {name: str(one.type) for name, one in kind.fields.items()}


def test_what_a_type_of_ours_has_is_in_theirs(theirs: GraphQLSchema) -> None:
    for name, kind in OURS.type_map.items():
        if name.startswith("Mlflow"):
            assert fields(kind).items() <= fields(theirs.type_map[name]).items(), name


def test_every_question_of_theirs_is_answered_but_the_echo(theirs: GraphQLSchema) -> None:
    asked = set(fields(theirs.query_type)) - set(fields(OURS.query_type))
    changed = set(fields(theirs.mutation_type)) - set(fields(OURS.mutation_type))
    assert (asked, changed) == ({"test"}, {"testMutation"})
