"""The envelope: what binds a stored file to its blob, its DEK and its KEK."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from app.crypto import Envelope, LocalKeyProvider, encrypt, open_dek, rewrap, seal_dek, transfer
from app.crypto.envelope import key_commitment
from app.crypto.errors import (
    CryptoError,
    DecryptionError,
    KeyFormatError,
    KeyUnavailableError,
    WrongKeyError,
)
from tests.crypto.streams import BLOB_ID, OTHER_BLOB_ID, STREAM_KEY, flip_bit, read_all

PINNED_COMMITMENT = "30a15b5238fed5e6e2c9cdec3c1b86c3a9bdb24097dbb6313843061c4f237c2c"
PINNED_ENVELOPE = "010373616c00000007" + "aa" * 32 + "bb" * 32 + "0003" + "010203"


@pytest.fixture
def sealed(provider):
    provider.create_key("sales")
    return seal_dek(provider, "sales", BLOB_ID)


def test_a_stored_file_comes_back_through_its_envelope(provider, sealed):
    stream_key, envelope = sealed
    sink = io.BytesIO()
    encrypt([b"weights"], sink, stream_key)
    stored = envelope.to_bytes()
    opened = open_dek(provider, Envelope.from_bytes(stored), BLOB_ID)
    assert read_all(sink.getvalue(), 7, opened) == b"weights"


def test_every_blob_has_a_dek_and_salt_of_its_own(provider, sealed):
    one, _ = sealed
    other, _ = seal_dek(provider, "sales", BLOB_ID)
    assert one.dek != other.dek
    assert one.salt != other.salt


def test_an_envelope_shows_nothing_of_the_dek(sealed):
    stream_key, envelope = sealed
    assert stream_key.dek not in envelope.to_bytes()


def test_an_envelope_in_the_place_of_another_blobs_is_refused(provider, sealed):
    _, envelope = sealed
    with pytest.raises(DecryptionError):
        open_dek(provider, envelope, OTHER_BLOB_ID)


def test_a_wrapped_dek_in_the_place_of_another_is_refused(provider, sealed):
    _, envelope = sealed
    _, other = seal_dek(provider, "sales", OTHER_BLOB_ID)
    with pytest.raises(DecryptionError):
        open_dek(provider, replace(envelope, wrapped_dek=other.wrapped_dek), BLOB_ID)


def test_a_wrapped_dek_of_the_same_blob_but_another_envelope_is_refused(provider, sealed):
    _, envelope = sealed
    _, other = seal_dek(provider, "sales", BLOB_ID)
    with pytest.raises(WrongKeyError):
        open_dek(provider, replace(envelope, wrapped_dek=other.wrapped_dek), BLOB_ID)


def test_a_wrapped_dek_under_the_name_of_another_kek_is_refused(provider, sealed):
    _, envelope = sealed
    provider.create_key("research")
    with pytest.raises(DecryptionError):
        open_dek(provider, replace(envelope, kek_id="research"), BLOB_ID)


def test_the_kek_id_is_part_of_what_is_wrapped(keyring_path, root_key):
    provider = OneKekUnderEveryName(keyring_path, root_key)
    provider.create_key("one")
    _, envelope = seal_dek(provider, "sales", BLOB_ID)
    with pytest.raises(DecryptionError):
        open_dek(provider, replace(envelope, kek_id="research"), BLOB_ID)


def test_no_part_of_the_context_can_run_into_the_next(keyring_path, root_key):
    provider = OneKekUnderEveryName(keyring_path, root_key)
    provider.create_key("one")
    _, envelope = seal_dek(provider, "bc", b"a")
    with pytest.raises(DecryptionError):
        rewrap(provider, replace(envelope, kek_id="c"), b"ab")


def test_another_kek_version_is_refused(provider, sealed):
    _, envelope = sealed
    provider.rotate_key("sales")
    with pytest.raises(DecryptionError):
        open_dek(provider, replace(envelope, kek_version=2), BLOB_ID)


@pytest.mark.parametrize("name", ["commitment", "salt"])
def test_a_wrong_commitment_or_salt_is_a_wrong_key(provider, sealed, name):
    _, envelope = sealed
    altered = replace(envelope, **{name: flip_bit(getattr(envelope, name), 31)})
    with pytest.raises(WrongKeyError):
        open_dek(provider, altered, BLOB_ID)


def test_no_byte_of_a_stored_envelope_can_be_changed(provider, sealed):
    _, envelope = sealed
    stored = envelope.to_bytes()
    for position in range(len(stored)):
        with pytest.raises(CryptoError):
            open_dek(provider, Envelope.from_bytes(flip_bit(stored, position)), BLOB_ID)


def test_no_length_of_a_stored_envelope_can_be_changed(sealed):
    _, envelope = sealed
    stored = envelope.to_bytes()
    for altered in [stored[:length] for length in range(len(stored))] + [stored + b"\x00"]:
        with pytest.raises(KeyFormatError):
            Envelope.from_bytes(altered)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_envelope_or_are_written_back_as_they_were(stored):
    try:
        envelope = Envelope.from_bytes(stored)
    except KeyFormatError:
        return
    assert envelope.to_bytes() == stored


@pytest.mark.parametrize(
    "altered",
    [
        {"format_version": 2},
        {"kek_id": ""},
        {"kek_id": "k" * 129},
        {"kek_id": "clé"},
        {"kek_version": 0},
        {"kek_version": 2**32},
        {"salt": bytes(31)},
        {"commitment": bytes(33)},
        {"wrapped_dek": b""},
        {"wrapped_dek": bytes(4_097)},
    ],
    ids=str,
)
def test_a_field_beyond_its_format_is_refused(altered):
    envelope = Envelope.from_bytes(bytes.fromhex(PINNED_ENVELOPE))
    with pytest.raises(KeyFormatError):
        replace(envelope, **altered)


def test_an_envelope_stored_long_ago_still_parses():
    envelope = Envelope.from_bytes(bytes.fromhex(PINNED_ENVELOPE))
    assert envelope == Envelope("sal", 7, b"\x01\x02\x03", b"\xaa" * 32, b"\xbb" * 32)
    assert envelope.to_bytes().hex() == PINNED_ENVELOPE


def test_the_commitment_is_the_one_of_long_ago():
    assert key_commitment(STREAM_KEY).hex() == PINNED_COMMITMENT


def test_rewrapping_changes_the_wrap_alone(provider, sealed):
    stream_key, envelope = sealed
    provider.rotate_key("sales")
    moved = rewrap(provider, envelope, BLOB_ID)
    assert moved.kek_version == 2
    assert moved == replace(envelope, kek_version=2, wrapped_dek=moved.wrapped_dek)
    assert open_dek(provider, moved, BLOB_ID) == stream_key


def test_rewrapping_refuses_an_envelope_of_another_blob(provider, sealed):
    _, envelope = sealed
    with pytest.raises(DecryptionError):
        rewrap(provider, envelope, OTHER_BLOB_ID)


def test_a_transferred_envelope_opens_the_same_stream(provider, sealed):
    stream_key, envelope = sealed
    provider.create_key("research")
    copy = transfer(provider, envelope, BLOB_ID, provider, "research")
    assert copy.kek_id == "research"
    assert open_dek(provider, copy, BLOB_ID) == stream_key
    assert open_dek(provider, envelope, BLOB_ID) == stream_key


def test_a_transfer_checks_the_commitment_first(provider, sealed):
    _, envelope = sealed
    altered = replace(envelope, commitment=bytes(32))
    with pytest.raises(WrongKeyError):
        transfer(provider, altered, BLOB_ID, provider, "sales")


def test_a_transferred_stream_outlives_the_kek_that_it_came_from(provider, sealed):
    stream_key, envelope = sealed
    provider.create_key("research")
    copy = transfer(provider, envelope, BLOB_ID, provider, "research")
    provider.destroy_key("sales")
    assert open_dek(provider, copy, BLOB_ID) == stream_key
    with pytest.raises(KeyUnavailableError):
        open_dek(provider, envelope, BLOB_ID)


class OneKekUnderEveryName(LocalKeyProvider):
    """Ignores the KEK id, so that only the context can tell two ids apart."""

    @override
    def wrap(self, kek_id, context, dek):
        return super().wrap("one", context, dek)

    @override
    def unwrap(self, kek_id, kek_version, context, wrapped):
        return super().unwrap("one", kek_version, context, wrapped)
