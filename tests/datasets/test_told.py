"""What a run tells of a data set, read without trusting a word of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.checks import check_contents
from app.datasets.told import read_columns, read_profile, read_source
from app.datasets.values import Column, Contents


@pytest.mark.parametrize(
    "told, place",
    [
        ({"uri": "s3://bucket/grapes"}, "s3://bucket/grapes"),
        ({"url": "https://ann:pw@host:8443/x.csv?token=abc#d"}, "https://host:8443/x.csv"),
        ({"path": "imdb", "split": "train"}, "imdb"),
        ({"delta_table_name": "a.b.c"}, "a.b.c"),
        ({"tags": {"mlflow.source.name": "train.py", "mlflow.user": "ann"}}, "train.py"),
        ({"tags": "x"}, ""),
        ({"uri": 5}, ""),
        ({"uri": "https://[broken"}, ""),
        ({"uri": "a\0b"}, ""),
    ],
)
def test_the_place_of_a_source_is_told_without_secrets(told: dict[str, object], place: str):
    assert read_source(json.dumps(told)) == place


@pytest.mark.parametrize("text", ["/data/grapes.csv", "not json {", "[1]", ""])
def test_a_source_in_another_form_is_kept_as_it_is(text: str):
    assert read_source(text) == text


@pytest.mark.parametrize(
    "spec, spelled",
    [
        ({"type": "long"}, "long"),
        (
            {"type": "array", "items": {"type": "array", "items": {"type": "long"}}},
            "array<array<long>>",
        ),
        ({"type": "map", "values": {"type": "string"}}, "map<string, string>"),
        (
            {"type": "object", "properties": {"a": {"type": "long"}, "b": {"type": "string"}}},
            "struct<a: long, b: string>",
        ),
        ({"type": "array"}, "array<…>"),
        ({"type": 3}, "unknown"),
        ({}, "unknown"),
        ({"type": "object", "properties": {"\0": {"type": "long"}}}, "unknown"),
        ({"type": "x" * 5000}, "x" * 3999 + "…"),
    ],
)
def test_a_type_is_told_in_one_line(spec: dict[str, object], spelled: str):
    schema = {"mlflow_colspec": [{"name": "a", "required": False, **spec}]}
    assert read_columns(json.dumps(schema)) == (Column("a", spelled),)


def test_only_what_is_said_to_be_left_out_at_times_is_nullable():
    schema = {
        "mlflow_colspec": [
            {"name": "a", "type": "long"},
            {"name": "b", "type": "long", "required": False},
        ]
    }
    assert [column.nullable for column in read_columns(json.dumps(schema))] == [False, True]


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "{",
        "[]",
        '{"mlflow_tensorspec": {}}',
        '{"mlflow_colspec": 5}',
        '{"mlflow_colspec": ["a", {"type": "long"}, {"name": 5, "type": "long"}]}',
        '{"mlflow_colspec": [' + '{"items":' * 2000,
        json.dumps({"mlflow_colspec": [{"name": str(n), "type": "long"} for n in range(5001)]}),
    ],
)
def test_a_schema_that_cannot_be_read_has_no_columns(schema: str):
    assert read_columns(schema) == ()


def test_a_type_nested_without_end_is_cut():
    spec: dict[str, object] = {"type": "long"}
    for _ in range(200):
        spec = {"type": "array", "items": spec}
    schema = {"mlflow_colspec": [{"name": "a", **spec}]}
    assert "…" in read_columns(json.dumps(schema))[0].type


@pytest.mark.parametrize(
    "profile, kept",
    [('{"num_rows":3}', True), ("3", False), ("{", False), ('{"a":"' + "x" * 70_000 + '"}', False)],
)
def test_a_profile_is_kept_if_it_is_an_object_of_some_size(profile: str, kept: bool):
    assert read_profile(profile) == (profile if kept else "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "items",
                    "values",
                    "properties",
                    "name",
                    "required",
                    "mlflow_colspec",
                    "uri",
                ]
            )
            | st.text(),
            inner,
        )
    ),
)


@settings(max_examples=50)
@given(JSON)
def test_whatever_is_told_can_be_kept(told: object):
    text = json.dumps(told)
    columns = read_columns(text) + read_columns(json.dumps({"mlflow_colspec": told}))
    named = {column.name: column for column in columns}
    contents = Contents(
        "local", read_source(text), "", tuple(named.values()), "d", read_profile(text)
    )
    assert check_contents(contents) == contents
