"""The keyring file: who may open it, and that it survives rivals and kills."""

import base64
import json
import multiprocessing
import stat
import subprocess
import sys

import pytest

from app.crypto import LocalKeyProvider, RootKey
from app.crypto.errors import (
    DecryptionError,
    KeyFormatError,
    KeyUnavailableError,
    WrongKeyError,
)
from app.crypto.private_file import stamp_file
from tests.crypto.streams import flip_bit

ROTATE_FOR_EVER = """
import sys
from pathlib import Path
from app.crypto import LocalKeyProvider, RootKey
provider = LocalKeyProvider(Path(sys.argv[1]), RootKey(bytes(range(32))))
while True:
    print(provider.rotate_key("sales"), flush=True)
"""


def test_another_root_key_fails_at_construction(open_local, keyring_path):
    open_local()
    with pytest.raises(WrongKeyError):
        LocalKeyProvider(keyring_path, RootKey(bytes(32)))


def test_no_byte_of_the_keyring_can_be_changed(open_local, keyring_path):
    open_local().create_key("sales")
    content = keyring_path.read_bytes()
    fields = json.loads(content)
    offset = content.index(fields["sealed"].encode())
    for position in range(offset, offset + len(fields["sealed"]) - 3):
        keyring_path.write_bytes(flip_bit(content, position))
        with pytest.raises((DecryptionError, KeyFormatError)):
            open_local()


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"[]", b"{}", b'{"format": 2}', b"\xff", b"[" * 100_000],
    ids=["empty", "text", "list", "object", "newer", "not UTF-8", "deep"],
)
def test_what_is_no_keyring_is_refused(open_local, keyring_path, content):
    open_local()
    keyring_path.write_bytes(content)
    with pytest.raises(KeyFormatError):
        open_local()


def test_an_emptied_keyring_makes_an_open_provider_fail(open_local, keyring_path):
    provider = open_local()
    provider.create_key("sales")
    keyring_path.write_bytes(b"")
    with pytest.raises(KeyFormatError):
        provider.wrap("sales", b"context", bytes(32))


def test_a_keyring_that_is_gone_makes_an_open_provider_fail(open_local, keyring_path):
    provider = open_local()
    provider.create_key("sales")
    keyring_path.unlink()
    with pytest.raises(KeyUnavailableError):
        provider.wrap("sales", b"context", bytes(32))
    with pytest.raises(KeyUnavailableError):
        provider.check()


def test_a_keyring_that_is_gone_is_not_made_anew_by_a_change(open_local, keyring_path):
    provider = open_local()
    keyring_path.unlink()
    with pytest.raises(KeyUnavailableError):
        provider.create_key("sales")
    assert not keyring_path.exists()


def test_file_and_folder_are_the_owners_alone(open_local, keyring_path):
    open_local().create_key("sales")
    assert stat.S_IMODE(keyring_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keyring_path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620])
def test_a_keyring_open_to_others_is_refused(open_local, keyring_path, mode):
    open_local()
    keyring_path.chmod(mode)
    with pytest.raises(KeyFormatError):
        open_local()


def test_no_key_material_is_in_the_folder_in_plain(open_local, keyring_path, root_key):
    provider = open_local()
    provider.create_key("sales")
    provider.rotate_key("sales")
    sealed = json.loads(root_key.open("keyring", keyring_path.read_bytes()))
    kept = b"".join(path.read_bytes() for path in keyring_path.parent.iterdir())
    for encoded in sealed["keks"]["sales"]["versions"].values():
        material = base64.b64decode(encoded)
        for form in (material, material.hex().encode(), encoded.encode()):
            assert form not in kept
    assert b"versions" not in kept


def test_destroyed_material_is_no_longer_inside_the_seal(open_local, keyring_path, root_key):
    provider = open_local()
    provider.create_key("sales")
    provider.destroy_key("sales")
    payload = root_key.open("keyring", keyring_path.read_bytes())
    assert json.loads(payload) == {"keks": {"sales": {"versions": {}}}}


@pytest.mark.parametrize("kek_id", ["", "a/b", "../x", "-x", "k" * 65, "clé", "a\n"])
def test_a_kek_id_that_other_providers_could_not_hold_is_refused(open_local, kek_id):
    with pytest.raises(KeyFormatError):
        open_local().create_key(kek_id)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_dek_of_another_length_is_not_wrapped(open_local, size):
    provider = open_local()
    provider.create_key("sales")
    with pytest.raises(KeyFormatError):
        provider.wrap("sales", b"context", bytes(size))


def test_a_refused_change_leaves_the_file_as_it_was(open_local, keyring_path):
    provider = open_local()
    provider.create_key("sales")
    before = stamp_file(keyring_path)
    with pytest.raises(KeyUnavailableError):
        provider.rotate_key("research")
    assert stamp_file(keyring_path) == before


def rotate_ten_times(path):
    provider = LocalKeyProvider(path, RootKey(bytes(range(32))))
    for _ in range(10):
        provider.rotate_key("sales")


def test_two_processes_that_rotate_at_once_lose_no_version(open_local, keyring_path):
    open_local().create_key("sales")
    context = multiprocessing.get_context("fork")
    rivals = [context.Process(target=rotate_ten_times, args=(keyring_path,)) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert [rival.exitcode for rival in rivals] == [0, 0]
    assert open_local().versions("sales") == tuple(range(1, 22))


def test_a_process_killed_while_it_rotates_leaves_a_whole_keyring(open_local, keyring_path):
    provider = open_local()
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", bytes(32))
    command = [sys.executable, "-c", ROTATE_FOR_EVER, str(keyring_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as rival:
        assert rival.stdout
        acknowledged = [int(rival.stdout.readline()) for _ in range(20)]
        rival.kill()
        acknowledged += [int(line) for line in rival.stdout if line.endswith("\n")]
    assert open_local().versions("sales")[: acknowledged[-1]] == tuple(
        range(1, acknowledged[-1] + 1)
    )
    assert provider.unwrap("sales", 1, b"context", wrapped) == bytes(32)
    assert provider.rotate_key("sales") > acknowledged[-1]
