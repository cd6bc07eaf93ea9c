"""Checkpoints are texts that anybody can read, check and keep."""

import pytest

from app.audit.checkpoints import FIRST, Checkpoint, SignedCheckpoint
from app.audit.outside import OutsideCheckpoints
from app.errors import IntegrityError

NOON = 1_795_348_800_000
DAY = 86_400_000


@pytest.fixture
def outside(checkpoints_dir):
    return OutsideCheckpoints(checkpoints_dir)


@pytest.fixture
def sign(keys):
    return lambda size, time=NOON: SignedCheckpoint.sign(
        Checkpoint(keys.key_id, size, bytes(32), time, FIRST), keys
    )


def test_the_text_is_a_transparency_logs_checkpoint(sign, keys):
    assert sign(7).text.splitlines() == [
        f"muniment-audit/{keys.key_id}",
        "7",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        f"time {NOON}",
        f"previous {FIRST}",
    ]


def test_a_text_is_read_back(sign):
    assert Checkpoint.parse(sign(7).text).text == sign(7).text


@pytest.mark.parametrize(
    "old, new",
    [("7\n", "07\n"), ("7\n", "-7\n"), ("time ", "Time "), ("previous", "prev"), ("muniment", "m")],
)
def test_a_text_of_another_form_is_refused(sign, old, new):
    with pytest.raises(IntegrityError):
        Checkpoint.parse(sign(7).text.replace(old, new, 1))


def test_a_note_is_read_back(sign, keys):
    assert SignedCheckpoint.parse_note(sign(7).to_note(keys.public_key)) == sign(7)


@pytest.mark.parametrize("cut", [1, 60, 99, 150, 300])
def test_a_note_that_was_cut_is_refused(sign, keys, cut):
    note = sign(7).to_note(keys.public_key)[:-cut]
    try:
        assert not SignedCheckpoint.parse_note(note).is_signed_by(keys.public_key) or cut == 1
    except IntegrityError:
        assert cut > 1


def test_only_the_keys_own_signature_counts(sign, keys):
    signed = sign(7)
    assert signed.is_signed_by(keys.public_key)
    assert not signed.is_signed_by(bytes(32))
    altered = SignedCheckpoint(signed.text.replace("\n7\n", "\n8\n"), signed.signature)
    assert not altered.is_signed_by(keys.public_key)


def test_what_is_kept_outside_is_read_back_in_order_of_days(outside, sign, keys):
    outside.append([sign(1), sign(2), sign(3, NOON + DAY)], keys.public_key)
    assert [path.name for path in sorted(outside.folder.iterdir())] == [
        "2026-11-22.txt",
        "2026-11-23.txt",
    ]
    assert [(place, c) for place, c in outside.read()] == [
        ("2026-11-22.txt:1", sign(1)),
        ("2026-11-22.txt:9", sign(2)),
        ("2026-11-23.txt:1", sign(3, NOON + DAY)),
    ]
    assert outside.last() == sign(3, NOON + DAY)


def test_an_empty_folder_holds_none(outside):
    assert outside.last() is None
    assert list(outside.read()) == []


@pytest.mark.parametrize("cut", [1, 2, 40, 120, 200, 269])
def test_what_a_power_cut_left_is_passed_over_and_written_over(outside, sign, keys, cut):
    outside.append([sign(1), sign(2)], keys.public_key)
    path = outside.folder / "2026-11-22.txt"
    path.write_bytes(path.read_bytes()[:-cut])
    assert outside.last() == sign(1)
    assert [c for _, c in outside.read()] == [sign(1)]
    outside.append([sign(3)], keys.public_key)
    assert [c for _, c in outside.read()] == [sign(1), sign(3)]


def test_what_is_no_note_is_named_by_its_line(outside, sign, keys):
    outside.append([sign(1), sign(2)], keys.public_key)
    path = outside.folder / "2026-11-22.txt"
    path.write_text(path.read_text().replace("— ", "- "))
    with pytest.raises(IntegrityError, match=r"2026-11-22\.txt:1"):
        list(outside.read())
