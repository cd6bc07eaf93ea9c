"""The audit log's keys: kept, sealed, and of use to nobody who lacks them."""

import stat

import pytest

from app.crypto import AuditKeys, RootKey, verify_signature
from app.crypto.errors import DecryptionError, KeyFormatError, WrongKeyError
from tests.crypto.streams import flip_bit


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "audit.json"


@pytest.fixture
def audit_keys(path, root_key):
    return AuditKeys.load_or_create(path, root_key)


def test_the_keys_are_the_same_after_a_restart(audit_keys, path, root_key):
    again = AuditKeys.load_or_create(path, root_key)
    assert again.hmac(b"row") == audit_keys.hmac(b"row")
    assert again.public_key == audit_keys.public_key
    assert again.key_id == audit_keys.key_id


def test_two_logs_have_different_keys(audit_keys, tmp_path, root_key):
    other = AuditKeys.load_or_create(tmp_path / "other.json", root_key)
    assert other.hmac(b"row") != audit_keys.hmac(b"row")
    assert other.key_id != audit_keys.key_id


def test_the_file_is_the_owners_alone_and_sealed(audit_keys, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ed25519" not in path.read_bytes()
    assert audit_keys.public_key.hex().encode() not in path.read_bytes()


def test_another_root_key_is_refused(audit_keys, path):
    with pytest.raises(WrongKeyError):
        AuditKeys.load_or_create(path, RootKey(bytes(32)))


def test_a_keyring_in_the_place_of_the_audit_keys_is_refused(audit_keys, path, root_key):
    path.write_bytes(root_key.seal("keyring", b'{"keks": {}}'))
    with pytest.raises(DecryptionError):
        AuditKeys.load_or_create(path, root_key)


def test_an_emptied_file_is_refused_and_not_made_anew(audit_keys, path, root_key):
    path.write_bytes(b"")
    with pytest.raises(KeyFormatError):
        AuditKeys.load_or_create(path, root_key)


def test_a_rows_hmac_is_rfc_4231s():
    keys = AuditKeys(b"\x0b" * 20, bytes(32))
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert keys.hmac(b"Hi There").hex() == expected


def test_a_row_is_held_against_its_hmac(audit_keys):
    mac = audit_keys.hmac(b"row")
    assert audit_keys.is_hmac(b"row", mac)
    assert not audit_keys.is_hmac(b"another", mac)
    assert not audit_keys.is_hmac(b"row", mac[:-1])


def test_a_signature_is_rfc_8032s():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    keys = AuditKeys(bytes(32), seed)
    assert keys.public_key.hex() == public_key
    assert keys.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974")


def test_whoever_has_the_public_key_can_verify(audit_keys):
    signature = audit_keys.sign(b"checkpoint")
    assert verify_signature(audit_keys.public_key, signature, b"checkpoint")


def test_what_was_altered_does_not_verify(audit_keys):
    signature = audit_keys.sign(b"checkpoint")
    public_key = audit_keys.public_key
    assert not verify_signature(public_key, signature, b"Checkpoint")
    assert not verify_signature(public_key, flip_bit(signature, 0), b"checkpoint")
    assert not verify_signature(
        AuditKeys(bytes(32), bytes(32)).public_key, signature, b"checkpoint"
    )


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_no_key_or_signature_does_not_verify(audit_keys, size):
    signature = audit_keys.sign(b"checkpoint")
    assert not verify_signature(bytes(size), signature, b"checkpoint")
    assert not verify_signature(audit_keys.public_key, bytes(size), b"checkpoint")
