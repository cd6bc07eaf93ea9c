"""Settings: read once, in order, and nothing unknown among them."""

import dataclasses
from pathlib import Path

import pytest

from app.config import Settings, load_settings
from app.errors import InvalidParameterError


def load(tmp_path: Path, **environ: str) -> Settings:
    return load_settings(tmp_path, environ)


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "muniment.toml"
    path.write_text(text)
    return str(path)


def test_the_defaults_lie_in_the_home_folder(tmp_path: Path):
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'muniment.db'}"
    assert settings.artifacts_url == (tmp_path / "blobs").as_uri()
    assert settings.checkpoints_dir == tmp_path / "checkpoints"


def test_the_environment_overrides_the_file_and_the_file_the_defaults(tmp_path: Path):
    file = write(tmp_path, "[server]\nthreads = 3\n[keys]\nwaiting_days = 9\n")
    settings = load(tmp_path, MUNIMENT_CONFIG=file, MUNIMENT_SERVER_THREADS="5")
    assert (settings.server.threads, settings.keys.waiting_days) == (5, 9)


def test_a_list_in_the_environment_is_parted_by_commas(tmp_path: Path):
    settings = load(tmp_path, MUNIMENT_SERVER_ALLOWED_HOSTS="a.example, b.example,")
    assert settings.server.allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    "variable",
    ["MUNIMENT_SERVER_THREDS", "MUNIMENT_SERVERS_THREADS", "MUNIMENT_TEST_X", "MUNIMENT_X"],
)
def test_an_unknown_variable_is_named_and_refused(tmp_path: Path, variable: str):
    with pytest.raises(InvalidParameterError) as caught:
        load(tmp_path, **{variable: "1"})
    assert caught.value.field == variable


@pytest.mark.parametrize(
    "text,field",
    [
        ("[server]\nthreds = 3\n", "server.threds"),
        ("[servers]\nthreads = 3\n", "servers.threads"),
        ("threads = 3\n", "threads."),
    ],
)
def test_an_unknown_name_in_a_file_is_named_and_refused(tmp_path: Path, text: str, field: str):
    with pytest.raises(InvalidParameterError) as caught:
        load(tmp_path, MUNIMENT_CONFIG=write(tmp_path, text))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "text",
    [
        '[server]\nthreads = "3"\n',
        "[server]\nthreads = true\n",
        "[limits]\njson_bytes=1.5\n",
        '[server]\nallowed_hosts = "example.com"\n',
        "[keys]\npassphrase = 12345\n",
    ],
)
def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path, text: str):
    with pytest.raises(InvalidParameterError):
        load(tmp_path, MUNIMENT_CONFIG=write(tmp_path, text))


def test_a_number_in_the_environment_has_to_be_one(tmp_path: Path):
    with pytest.raises(InvalidParameterError) as caught:
        load(tmp_path, MUNIMENT_KEYS_WAITING_DAYS="soon")
    assert caught.value.field == "MUNIMENT_KEYS_WAITING_DAYS"


def test_settings_cannot_be_changed(tmp_path: Path):
    settings = load(tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.server.threads = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "variable,text",
    [
        ("MUNIMENT_SERVER_THREADS", "0"),
        ("MUNIMENT_SECURITY_PASSWORD_LENGTH", "4"),
        ("MUNIMENT_ARTIFACTS_ORPHAN_AGE", "0"),
        ("MUNIMENT_LIMITS_JSON_BYTES", "-1"),
        ("MUNIMENT_KEYS_WAITING_DAYS", "6"),
        ("MUNIMENT_KEYS_WAITING_DAYS", "31"),
        ("MUNIMENT_SECURITY_SECURE_COOKIES", "alway"),
    ],
)
def test_a_value_that_would_weaken_or_stop_the_server_is_refused(
    tmp_path: Path, variable: str, text: str
):
    with pytest.raises(InvalidParameterError) as caught:
        load(tmp_path, **{variable: text})
    section, _, name = variable.removeprefix("MUNIMENT_").lower().partition("_")
    assert caught.value.field == f"{section}.{name}"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    for named in (str(tmp_path / "absent.toml"), write(tmp_path, "[server\n")):
        with pytest.raises(InvalidParameterError, match=named):
            load(tmp_path, MUNIMENT_CONFIG=named)


def test_settings_that_are_printed_keep_their_secrets(tmp_path: Path):
    url = "postgresql+psycopg://muniment:secret@db/muniment"
    printed = repr(load(tmp_path, MUNIMENT_DATABASE_URL=url, MUNIMENT_KEYS_PASSPHRASE="secret"))
    assert "secret" not in printed


@pytest.mark.parametrize("schemes", ["htps", "https,ftp"])
def test_a_scheme_that_nothing_is_sent_by_is_refused(tmp_path: Path, schemes: str):
    with pytest.raises(InvalidParameterError, match="one of https, http"):
        load(tmp_path, MUNIMENT_WEBHOOKS_SCHEMES=schemes)
