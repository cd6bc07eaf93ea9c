"""What every key provider promises, whichever it is."""

import pytest

from app.crypto.errors import DecryptionError, KeyExistsError, KeyUnavailableError

DEK = bytes(range(32))


def test_a_dek_comes_back_from_its_wrap(provider):
    version = provider.create_key("sales")
    wrapped = provider.wrap("sales", b"context", DEK)
    assert wrapped.kek_version == version == 1
    assert provider.unwrap("sales", 1, b"context", wrapped.ciphertext) == DEK


def test_two_wraps_of_one_dek_differ_and_show_nothing_of_it(provider):
    provider.create_key("sales")
    one = provider.wrap("sales", b"context", DEK)
    other = provider.wrap("sales", b"context", DEK)
    assert one != other
    assert DEK not in one.ciphertext


def test_a_wrap_opens_in_its_context_only(provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    with pytest.raises(DecryptionError):
        provider.unwrap("sales", 1, b"another", wrapped)


def test_a_wrap_opens_under_its_kek_only(provider):
    provider.create_key("sales")
    provider.create_key("research")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    with pytest.raises(DecryptionError):
        provider.unwrap("research", 1, b"context", wrapped)


def test_a_wrap_opens_under_its_version_only(provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    provider.rotate_key("sales")
    with pytest.raises(DecryptionError):
        provider.unwrap("sales", 2, b"context", wrapped)


def test_a_flipped_bit_anywhere_in_a_wrap_is_refused(provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    for position in range(len(wrapped)):
        flipped = bytearray(wrapped)
        flipped[position] ^= 1
        with pytest.raises(DecryptionError):
            provider.unwrap("sales", 1, b"context", bytes(flipped))


@pytest.mark.parametrize("cut", [0, 1, 12, 28, -1])
def test_a_wrap_of_another_length_is_refused(provider, cut):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    for altered in (wrapped[:cut], wrapped + b"\x00"):
        with pytest.raises(DecryptionError):
            provider.unwrap("sales", 1, b"context", altered)


def test_rotation_wraps_anew_and_still_opens_what_is_older(provider):
    provider.create_key("sales")
    _, old = provider.wrap("sales", b"context", DEK)
    assert provider.rotate_key("sales") == 2
    assert provider.versions("sales") == (1, 2)
    assert provider.wrap("sales", b"context", DEK).kek_version == 2
    assert provider.unwrap("sales", 1, b"context", old) == DEK


def test_rewrapping_moves_a_dek_to_the_newest_version(provider):
    provider.create_key("sales")
    _, old = provider.wrap("sales", b"context", DEK)
    provider.rotate_key("sales")
    version, new = provider.rewrap("sales", 1, b"context", old)
    assert version == 2
    assert provider.unwrap("sales", 2, b"context", new) == DEK


def test_rewrapping_refuses_another_context(provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    with pytest.raises(DecryptionError):
        provider.rewrap("sales", 1, b"another", wrapped)


def test_a_kek_id_is_given_out_once(provider):
    provider.create_key("sales")
    with pytest.raises(KeyExistsError):
        provider.create_key("sales")


def use_kek(provider, wrapped):
    return [
        lambda: provider.wrap("sales", b"context", DEK),
        lambda: provider.unwrap("sales", 1, b"context", wrapped),
        lambda: provider.rewrap("sales", 1, b"context", wrapped),
        lambda: provider.rotate_key("sales"),
        lambda: provider.versions("sales"),
    ]


def test_a_destroyed_kek_is_of_no_use_even_after_a_restart(provider, open_provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    provider.destroy_key("sales")
    for use in use_kek(provider, wrapped) + use_kek(open_provider(), wrapped):
        with pytest.raises(KeyUnavailableError):
            use()


def test_the_id_of_a_destroyed_kek_stays_taken(provider, open_provider):
    provider.create_key("sales")
    provider.destroy_key("sales")
    with pytest.raises(KeyExistsError):
        open_provider().create_key("sales")


def test_a_kek_can_be_destroyed_again(provider):
    provider.create_key("sales")
    provider.destroy_key("sales")
    provider.destroy_key("sales")


def test_destroying_one_kek_leaves_the_others(provider):
    provider.create_key("sales")
    provider.create_key("research")
    _, wrapped = provider.wrap("research", b"context", DEK)
    provider.destroy_key("sales")
    assert provider.unwrap("research", 1, b"context", wrapped) == DEK


def test_a_kek_that_never_was_is_unavailable(provider):
    for use in [*use_kek(provider, b"wrapped"), lambda: provider.destroy_key("sales")]:
        with pytest.raises(KeyUnavailableError):
            use()


def test_a_version_that_never_was_is_unavailable(provider):
    provider.create_key("sales")
    _, wrapped = provider.wrap("sales", b"context", DEK)
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("sales", 2, b"context", wrapped)


def test_what_one_process_changes_the_next_call_of_another_sees(provider, open_provider):
    other = open_provider()
    provider.create_key("sales")
    version, wrapped = other.wrap("sales", b"context", DEK)
    assert provider.unwrap("sales", version, b"context", wrapped) == DEK
    for expected in range(2, 12):
        other.rotate_key("sales")
        assert provider.wrap("sales", b"context", DEK).kek_version == expected
    other.destroy_key("sales")
    with pytest.raises(KeyUnavailableError):
        provider.unwrap("sales", version, b"context", wrapped)


def test_a_working_provider_is_ready(provider):
    provider.check()
