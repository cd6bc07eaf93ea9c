"""The root key: its two forms on disk, and what is sealed under it."""

import base64
import json
import stat
from functools import partial

import pytest

from app.crypto import RootKey, load_or_create_root_key
from app.crypto.errors import DecryptionError, KeyFormatError, WrongKeyError

load_or_create = partial(load_or_create_root_key, scrypt_log_n=10)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "root.key"


@pytest.mark.parametrize("passphrase", [None, "", "correct horse battery staple", "clé 🔑"])
def test_a_root_key_is_the_same_after_a_restart(path, passphrase):
    sealed = load_or_create(path, passphrase).seal("keyring", b"payload")
    assert load_or_create(path, passphrase).open("keyring", sealed) == b"payload"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_root_keys_differ(path, tmp_path):
    assert load_or_create(path).root_id != load_or_create(tmp_path / "other").root_id


def test_a_key_file_can_be_brought_along(path):
    path.parent.mkdir()
    path.write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
    path.chmod(0o600)
    assert load_or_create(path).root_id == RootKey(bytes(range(32))).root_id


def test_a_protected_file_does_not_hold_the_key_in_plain(path):
    root_key = load_or_create(path, "passphrase")
    content = path.read_bytes()
    assert base64.b64encode(root_key._secret) not in content
    assert b"passphrase" not in content


@pytest.mark.parametrize("offered", ["Passphrase", "", "passphrase ", None])
def test_another_passphrase_is_a_wrong_key(path, offered):
    load_or_create(path, "passphrase")
    with pytest.raises(WrongKeyError):
        load_or_create(path, offered)


def test_a_passphrase_for_a_plain_file_is_a_wrong_key(path):
    load_or_create(path)
    with pytest.raises(WrongKeyError):
        load_or_create(path, "passphrase")


@pytest.mark.parametrize(
    "content", ["", "AAEC", "?" * 44, "é" * 44, base64.b64encode(bytes(33)).decode()]
)
def test_a_malformed_key_file_is_refused(path, content):
    load_or_create(path)
    path.write_text(content)
    with pytest.raises(KeyFormatError):
        load_or_create(path)


@pytest.mark.parametrize(
    "altered",
    [
        {"format": 2},
        {"kdf": "md5"},
        {"r": 1},
        {"p": 2},
        {"log_n": 9},
        {"log_n": 21},
        {"log_n": "10"},
        {"log_n": None},
        {"salt": "?"},
        {"salt": None},
        {"protected": None},
        {"protected": {}},
    ],
    ids=str,
)
def test_an_altered_protected_file_is_refused_before_it_costs_memory(path, altered):
    load_or_create(path, "passphrase")
    path.write_text(json.dumps(json.loads(path.read_text()) | altered))
    with pytest.raises(KeyFormatError):
        load_or_create(path, "passphrase")


@pytest.mark.parametrize("altered", [{"salt": "AAAA"}, {"log_n": 11}], ids=str)
def test_another_salt_or_cost_is_a_wrong_key(path, altered):
    load_or_create(path, "passphrase")
    path.write_text(json.dumps(json.loads(path.read_text()) | altered))
    with pytest.raises(WrongKeyError):
        load_or_create(path, "passphrase")


def test_a_damaged_protected_key_is_refused(path):
    load_or_create(path, "passphrase")
    fields = json.loads(path.read_text())
    fields["protected"]["sealed"] = base64.b64encode(bytes(60)).decode()
    path.write_text(json.dumps(fields))
    with pytest.raises(DecryptionError):
        load_or_create(path, "passphrase")


def test_a_document_opens_for_its_purpose_only(root_key):
    document = root_key.seal("keyring", b"payload")
    with pytest.raises(DecryptionError):
        root_key.open("audit keys", document)


def test_a_document_opens_under_its_root_key_only(root_key):
    with pytest.raises(WrongKeyError):
        RootKey(bytes(32)).open("keyring", root_key.seal("keyring", b"payload"))


@pytest.mark.parametrize("size", [0, 5, 12, 20])
def test_a_seal_too_short_is_refused(root_key, size):
    fields = json.loads(root_key.seal("keyring", b"payload"))
    fields["sealed"] = base64.b64encode(bytes(size)).decode()
    with pytest.raises(DecryptionError):
        root_key.open("keyring", json.dumps(fields).encode())


def test_a_document_sealed_long_ago_still_opens(root_key):
    sealed = "IHg8G1zbiREN7j0WKqkovOVa/hYMY9iMPq04Qnqmp8IpJGc="
    document = {"format": 1, "purpose": "keyring", "root": "1e3d22186fbe6106", "sealed": sealed}
    assert root_key.open("keyring", json.dumps(document).encode()) == b"payload"


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_root_key_of_another_length_is_refused(size):
    with pytest.raises(KeyFormatError):
        RootKey(bytes(size))


def test_a_root_key_does_not_show_itself(root_key):
    assert repr(bytes(range(32))) not in repr(root_key)
