"""How results look, and how lengths of time are written."""

import click
import pytest

from app.cli.output import Duration, done, plain, show


@pytest.mark.parametrize(
    "text, milliseconds",
    [("90m", 5_400_000), ("12h", 43_200_000), ("30d", 2_592_000_000), ("2w", 1_209_600_000)],
)
def test_a_length_of_time_is_read(text: str, milliseconds: int):
    assert Duration().convert(text, None, None) == milliseconds


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5h", "1y", "9999999d", "1d "])
def test_what_is_no_length_of_time_is_refused(text: str):
    with pytest.raises(click.BadParameter, match="90m"):
        Duration().convert(text, None, None)


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]):
    rows = [
        {"name": "a", "granted_by": "root", "open": True, "tags": ["x", "y"], "ended_at": None},
        {"name": "long name", "granted_by": "", "open": False, "tags": [], "ended_at": 0},
    ]
    show(rows, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "NAME       GRANTED BY  OPEN  TAGS  ENDED AT",
        "a          root        yes   x, y  -",
        "long name              no    -     1970-01-01 00:00:00Z",
    ]


def test_nothing_is_said_so_where_no_program_reads_it(capsys: pytest.CaptureFixture[str]):
    show([], as_json=False)
    assert capsys.readouterr() == ("", "none\n")
    show([], as_json=True)
    assert capsys.readouterr().out == "[]\n"


def test_a_deed_is_a_sentence_or_an_object(capsys: pytest.CaptureFixture[str]):
    done("Made a", as_json=False, name="a")
    done("Made a", as_json=True, name="a")
    assert capsys.readouterr().out == 'Made a\n{"name":"a"}\n'


def test_a_terminal_is_given_nothing_that_it_would_obey(capsys: pytest.CaptureFixture[str]):
    hostile = "\x1b]0;mine\x07\x9b2J\r\n\u202egnp"
    assert plain(hostile) == r"\x1b]0;mine\x07\x9b2J\r\n\u202egnp"
    show([{"name": hostile, "tags": [hostile]}], as_json=False)
    done(f"Made {hostile}", as_json=False)
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    assert len(out.splitlines()) == 3
