"""Bearer secrets: random, recognisable, and stored as a hash."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crypto import hash_secret, is_secret, new_secret
from app.crypto.tokens import _checksum, _to_base62


def test_a_secret_has_the_form_that_scanners_look_for():
    assert re.fullmatch(r"mun_[0-9A-Za-z]{49}", new_secret())


def test_no_two_secrets_are_alike():
    assert len({new_secret() for _ in range(100)}) == 100


def test_a_secret_is_known_by_its_checksum():
    assert is_secret(new_secret())
    assert is_secret(new_secret("munsess_"), "munsess_")


def test_the_checksum_is_the_one_of_long_ago():
    assert is_secret("mun_" + "0" * 43 + "3RwaA8")


def test_any_changed_character_is_noticed():
    secret = new_secret()
    for position, character in enumerate(secret):
        other = "x" if character != "x" else "y"
        assert not is_secret(secret[:position] + other + secret[position + 1 :])


@pytest.mark.parametrize("text", ["", "mun_", "mun_clé", "a" * 53])
def test_a_look_alike_is_no_secret(text):
    assert not is_secret(text)


def test_a_longer_or_shorter_text_is_no_secret():
    secret = new_secret()
    assert not is_secret(secret + "0")
    assert not is_secret(secret[:-1])
    longer = "mun_" + "0" * 44
    assert not is_secret(longer + _checksum(longer))


def test_a_secret_of_another_prefix_is_not_ours():
    assert not is_secret(new_secret("gho_"))


@given(st.integers(0, 2**256 - 1))
def test_43_digits_hold_256_bits(number):
    digits = _to_base62(number, 43)
    value = 0
    for digit in digits:
        value = value * 62 + (
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".index(digit)
        )
    assert len(digits) == 43
    assert value == number


def test_the_hash_is_sha_256():
    assert hash_secret("mun_x") == hashlib.sha256(b"mun_x").digest()
