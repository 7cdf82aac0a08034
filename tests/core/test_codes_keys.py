"""The keys of codes: where they come from, that each has one purpose, and that they cannot be lost by mistake."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from core import codes
from core.codes import Keyring, Kind
from core.config import Settings, SettingsError

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
SQUARE = UUID("0198f3a0-0000-7000-8000-000000000001")


def test_the_settings_give_the_keys():
    before = Settings(environment="test", secret="a" * 32, print_secret="p" * 32)
    during = Settings(environment="test", secret="b" * 32, secret_previous="a" * 32, print_secret="p" * 32)
    code = codes.phone_code(codes.keyring(before), 1_002_347, NOON)
    assert codes.read_phone_code(codes.keyring(during), code, NOON)[0] == 1_002_347
    assert codes.keyring(before).print_key == codes.keyring(during).print_key
    assert [len(codes.keyring(each).signing) for each in (before, during)] == [1, 2]


def test_the_secret_cannot_be_changed_in_a_way_that_makes_all_plates_void():
    changed = {"ALLIANCE_SECRET": "b" * 32, "ALLIANCE_SECRET_PREVIOUS": "a" * 32}
    with pytest.raises(SettingsError, match="ALLIANCE_PRINT_SECRET"):
        Settings.from_environment(changed)
    before = Settings.from_environment({"ALLIANCE_SECRET": "a" * 32})
    after = Settings.from_environment({**changed, "ALLIANCE_PRINT_SECRET": "a" * 32})
    plates = {
        codes.printed_code(codes.keyring(each), Kind.CHECKPOINT, SQUARE, 1).text for each in (before, after)
    }
    assert len(plates) == 1


def test_plates_are_not_derived_from_a_word():
    with pytest.raises(SettingsError, match="ALLIANCE_PRINT_SECRET"):
        Settings.from_environment({"ALLIANCE_SECRET": "a" * 32, "ALLIANCE_PRINT_SECRET": "password"})


def test_a_key_is_used_for_one_purpose_only():
    ring = codes.keyring(Settings(environment="test", secret="a" * 32))
    keys = {ring.print_key, ring.signing[0][1], *(codes._derive(ring.print_key, str(kind)) for kind in Kind)}
    assert len(keys) == 2 + len(Kind)
    assert all(b"a" * 32 not in key for key in keys)


@pytest.mark.parametrize(("signing", "print_key", "complaint"), [
    ((), b"p" * 32, "needs a signing key"),
    ((("7", b"short"),), b"p" * 32, "at least 32 bytes"),
    ((("7", b"k" * 32),), b"short", "at least 32 bytes"),
    ((("0", b"k" * 32),), b"p" * 32, "one symbol"),
    ((("77", b"k" * 32),), b"p" * 32, "one symbol"),
])  # fmt: skip
def test_a_weak_keyring_is_refused(signing, print_key, complaint):
    with pytest.raises(ValueError, match=complaint):
        Keyring(signing=signing, print_key=print_key)
