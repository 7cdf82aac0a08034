"""What is written in a QR code: grammar, making and reading. Drawing is in `core/qr.py`.

A code is a letter for its kind and symbols out of an alphabet of 31 without look-alikes. Three families:

* printed (checkpoint, shop, card, letter): derived from the print key, so that the same plate can be printed again
  although the database keeps only a digest. Orders and vouchers, too: their page must show the same code again;
* random (join): from the generator of the operating system, kept as a digest too;
* changing (activity, phone): hold a time step and a tag, and are read without asking the database.

Printed and random codes end with two check symbols, which show any two wrong symbols; in a changing code the tag does
that. Why it is so: `docs/adr/010-codes.md`. All functions are pure, but for the random ones; the time is an argument.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from core.errors import NotFound, Refused

if TYPE_CHECKING:  # only the type: this module stays free of the web framework that the settings know
    from core.config import Settings

#: Digits and capitals without 0 and O, 1 and I and L. 31 is prime, so two check symbols over GF(31) do their work.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RADIX = len(ALPHABET)
LONGEST_INPUT = 200
CHECK_SYMBOLS = 2
GROUP = 4
#: A wrong length this near to the right one is taken for a slip of the finger, not for something else.
NEAR_MISS = 2

STEP_BITS = 16
TAG_BITS = 80
HANDLE_BITS = 32
NONCE_BITS = 32
NUMBER_BITS = 30
STEPS_BACK = 1
#: The form of an activity code that is typed: short enough for a thumb, and shown for long enough to be typed.
TYPED_SYMBOLS = 7
TYPED_STEP_SECONDS = 60

_PLACE = {symbol: place for place, symbol in enumerate(ALPHABET)}
_ADDRESS_MARKS = frozenset(":/\\.@?#%&=")
#: A Chinese keyboard types full-width letters and spaces; people put spaces and hyphens between the groups.
_TYPING = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, " -\t\r\n\u00a0\u3000\uff0d")),
}


class Kind(StrEnum):
    """What a code stands for; the value is its first letter.

    New kinds go to the end: the check symbols of printed codes depend on the place in this list.
    """

    CHECKPOINT = "C"
    ACTIVITY = "A"
    CARD = "M"
    PHONE = "P"
    SHOP = "S"
    ORDER = "O"
    VOUCHER = "V"
    JOIN = "J"
    LETTER = "L"

    @property
    def bearer(self) -> bool:
        """Whether holding the code is worth something, so that it must not appear in logs and addresses."""
        return self in _BEARER


class _Changing(NamedTuple):
    step_seconds: int
    data_bits: int


_BEARER = frozenset({Kind.CARD, Kind.PHONE, Kind.ORDER, Kind.VOUCHER})
_PRINTED = frozenset({Kind.CHECKPOINT, Kind.CARD, Kind.SHOP, Kind.ORDER, Kind.VOUCHER, Kind.LETTER})
_RANDOM = frozenset({Kind.ORDER, Kind.VOUCHER, Kind.JOIN})
_CHANGING = {
    Kind.ACTIVITY: _Changing(step_seconds=15, data_bits=HANDLE_BITS),
    Kind.PHONE: _Changing(step_seconds=30, data_bits=NONCE_BITS + NUMBER_BITS),
}
#: Symbols between the kind's letter (and the key's, in a changing code) and the check symbols: at least 50 bits for
#: C S J, 80 for M O L, 128 for V; step, data and tag for A (128 bits) and P (158 bits).
_PAYLOAD = {
    Kind.CHECKPOINT: 11,
    Kind.SHOP: 11,
    Kind.JOIN: 11,
    Kind.CARD: 17,
    Kind.ORDER: 17,
    Kind.LETTER: 17,
    Kind.VOUCHER: 26,
    Kind.ACTIVITY: 26,
    Kind.PHONE: 32,
}
#: A zero at the front can only be meant for the one kind whose letter is a look-alike.
_KINDS = {**{kind.value: kind for kind in Kind}, "0": Kind.ORDER}


class CodeTooLong(Refused):
    """Longer than any code or address of ours; it was not looked at. Data: `longest`, characters."""

    code = "code_too_long"


class CodeForeign(Refused):
    """An address or a command of somebody else. It must not be opened."""

    code = "code_foreign"


class CodeMalformed(Refused):
    """Nothing that could be one of our codes."""

    code = "code_malformed"


class CodeMistyped(Refused):
    """Nearly one of our codes: a symbol is wrong, missing or too many. Data: `length` as typed and `expected`."""

    code = "code_mistyped"


class CodeExpired(Refused):
    """A genuine changing code whose time is over, or has not come. Data: `kind`."""

    code = "code_expired"


class CodeUnknown(NotFound):
    """Made with no key of ours, or tampered with."""

    code = "code_unknown"


@dataclass(frozen=True, slots=True)
class Code:
    """A code in its one canonical spelling, as stored in a digest and printed. Its text is kept out of logs."""

    kind: Kind
    text: str = field(repr=False)


@dataclass(frozen=True)
class Keyring:
    """The keys of one alliance. `signing` holds (key id, key), newest first: two while a change is under way.

    Raises `ValueError` when a key is shorter than 32 bytes, a key id is not one symbol, or there is no signing key.
    """

    signing: tuple[tuple[str, bytes], ...] = field(repr=False)
    print_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.signing:
            raise ValueError("a keyring needs a signing key")
        if any(len(key) < 32 for key in (self.print_key, *(key for _, key in self.signing))):
            raise ValueError("keys have at least 32 bytes")
        if any(key_id not in _PLACE for key_id, _ in self.signing):
            raise ValueError("a key id is one symbol of the alphabet")


def keyring(settings: "Settings") -> Keyring:
    """The keys that belong to the settings: the secret in force, the previous one if there is one, the print key."""
    return _keyring(settings.signing_secret, settings.secret_previous, settings.printing_secret)


@lru_cache(maxsize=8)
def _keyring(secret: str, previous: str, printing: str) -> Keyring:
    keys = [_derive(each.encode(), "signing") for each in (secret, previous) if each]
    return Keyring(
        signing=tuple((_symbols(int.from_bytes(_derive(key, "key id")), 1), key) for key in keys),
        print_key=_derive(printing.encode(), "printing"),
    )


def parse(text: str, base_url: str) -> Code:
    """Read what a camera saw or a person typed: a bare code, or an address of ours that holds one.

    Case, spaces and hyphens do not matter. Nothing is looked up and nothing is opened: this is only grammar and check
    symbols, so the result may still be unknown. `base_url` is our own address; another host, a user name or a port
    that is not in it makes the text foreign. Raises `CodeTooLong`, `CodeForeign`, `CodeMalformed`, `CodeMistyped`.
    """
    if len(text) > LONGEST_INPUT:
        raise CodeTooLong(field="code", longest=LONGEST_INPUT)
    typed = _without_address(text.strip(), base_url).translate(_TYPING)
    # Only ASCII is put in capitals: "ſ".upper() would be a valid S.
    typed = typed.upper() if typed.isascii() else ""
    kind = _KINDS.get(typed[:1])
    if kind is None or not typed.isalnum():
        raise CodeMalformed(field="code")
    expected = _expected_length(kind, len(typed))
    if abs(len(typed) - expected) > NEAR_MISS:
        raise CodeMalformed(field="code")
    symbols = typed[1:]
    if len(typed) != expected or not set(symbols) <= _PLACE.keys() or not _check_fits(kind, symbols):
        raise CodeMistyped(field="code", length=len(typed), expected=expected)
    return Code(kind, kind + symbols)


def _expected_length(kind: Kind, typed: int) -> int:
    """The length that was meant: activity codes have a short form for typing, too."""
    short = kind is Kind.ACTIVITY and typed <= 1 + TYPED_SYMBOLS + NEAR_MISS
    return 1 + TYPED_SYMBOLS if short else length(kind)


def length(kind: Kind) -> int:
    """How many characters a code of this kind has, without spaces."""
    return 1 + _PAYLOAD[kind] + (1 if kind in _CHANGING else CHECK_SYMBOLS)


def grouped(code: Code) -> str:
    """The code in groups of four for reading out and typing: "C7K4 M9QX 2PRT AB"."""
    return " ".join(code.text[start : start + GROUP] for start in range(0, len(code.text), GROUP))


def address(base_url: str, code: Code) -> str:
    """The address that goes into the QR code. A bearer code sits behind "#", which browsers never send."""
    return f"{base_url.rstrip('/')}/q{'#' if code.kind.bearer else '/'}{code.text}"


def printed_code(keyring: Keyring, kind: Kind, subject_id: UUID, generation: int) -> Code:
    """The code of a plate, card, order, voucher or letter: for ever the same for subject and generation (0 … 2^63−1).

    A new generation gives an unrelated code. Raises `ValueError` for a kind that is not printed.
    """
    if kind not in _PRINTED:
        raise ValueError(f"{kind.name} is not a printed kind")
    key = _derive(keyring.print_key, f"printed {kind}")
    number = int.from_bytes(hmac.digest(key, subject_id.bytes + generation.to_bytes(8), "sha256"))
    return _with_check(kind, _symbols(number, _PAYLOAD[kind]))


def random_code(kind: Kind) -> Code:
    """A new code out of nothing but chance. Raises `ValueError` for a kind that is not random."""
    if kind not in _RANDOM:
        raise ValueError(f"{kind.name} is not a random kind")
    return _with_check(kind, _symbols(secrets.randbelow(RADIX ** _PAYLOAD[kind]), _PAYLOAD[kind]))


def digest(keyring: Keyring, code: Code) -> str:
    """What the database keeps instead of the code: 64 hexadecimal digits, good for nothing but looking up."""
    return hmac.digest(_derive(keyring.print_key, "digest"), code.text.encode(), "sha256").hex()


def activity_code(keyring: Keyring, handle: int, at: datetime) -> Code:
    """The code on a captain's screen at the time `at` (aware). `handle`: 0 … 2^32−1, else `ValueError`."""
    _fits(handle, HANDLE_BITS)
    return _sign(keyring, Kind.ACTIVITY, _step(Kind.ACTIVITY, at), handle)


def read_activity_code(keyring: Keyring, code: Code, at: datetime) -> int:
    """The handle in an activity code shown at `at` or one step before. Raises `CodeUnknown`, `CodeExpired`."""
    _, _, handle = _open(keyring, code, Kind.ACTIVITY, at)
    return handle


def typed_activity_code(keyring: Keyring, handle: int, at: datetime) -> Code:
    """The short form of the activity code at the time `at` (aware), for whoever cannot scan: "A7K4 M9QX".

    It holds nothing: the reader compares it with those of all activities that are open. `handle` as in `activity_code`.
    """
    _fits(handle, HANDLE_BITS)
    return _typed(keyring.signing[0][1], handle, _typed_step(at))


def is_typed_form(code: Code) -> bool:
    """Whether this is the short form of an activity code."""
    return code.kind is Kind.ACTIVITY and len(code.text) == 1 + TYPED_SYMBOLS


def read_typed_activity_code(keyring: Keyring, code: Code, handles: Iterable[int], at: datetime) -> int:
    """Which of the open activities' `handles` showed this short form at `at` or one step (a minute) before.

    Raises `CodeUnknown`, also for one whose time is over: that cannot be told from one that never was.
    """
    now = _typed_step(at)
    found = [
        handle
        for handle in handles
        for _, key in keyring.signing
        for step in range(now - STEPS_BACK, now + 1)
        if hmac.compare_digest(_typed(key, handle, step).text, code.text)
    ]
    if not found:
        raise CodeUnknown
    return found[0]


def _typed_step(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    return int(at.timestamp()) // TYPED_STEP_SECONDS


def _typed(key: bytes, handle: int, step: int) -> Code:
    message = step.to_bytes(8) + handle.to_bytes(8)
    number = int.from_bytes(hmac.digest(_derive(key, "typed activity"), message, "sha256"))
    return Code(Kind.ACTIVITY, Kind.ACTIVITY + _symbols(number, TYPED_SYMBOLS))


def phone_code(keyring: Keyring, member_number: int, at: datetime) -> Code:
    """A new code for the member's phone at `at` (aware): no two are alike, and only we can see whose they are.

    `member_number`: 0 … 2^30−1, else `ValueError`.
    """
    _fits(member_number, NUMBER_BITS)
    step = _step(Kind.PHONE, at)
    nonce = secrets.randbits(NONCE_BITS)
    masked = member_number ^ _pad(keyring.signing[0][1], step, nonce)
    return _sign(keyring, Kind.PHONE, step, nonce << NUMBER_BITS | masked)


def read_phone_code(keyring: Keyring, code: Code, at: datetime) -> tuple[int, str]:
    """The member number in a phone code shown at `at` or one step before, and the digest by which it is spent once.

    Raises `CodeUnknown`, `CodeExpired`. That it is used only once is for the caller to see to, with the digest.
    """
    key, step, data = _open(keyring, code, Kind.PHONE, at)
    nonce, masked = data >> NUMBER_BITS, data & (1 << NUMBER_BITS) - 1
    return masked ^ _pad(key, step, nonce), digest(keyring, code)


class Lifetime(NamedTuple):
    """When a screen should show the next changing code, and when the present one is refused. Both UTC."""

    renew_at: datetime
    valid_until: datetime


def lifetime(kind: Kind, at: datetime) -> Lifetime:
    """How long an activity or phone code made at `at` (aware) lives. Raises `KeyError` for other kinds."""
    step, seconds = _step(kind, at), _CHANGING[kind].step_seconds
    return Lifetime(
        renew_at=datetime.fromtimestamp((step + 1) * seconds, UTC),
        valid_until=datetime.fromtimestamp((step + 1 + STEPS_BACK) * seconds, UTC),
    )


def _without_address(text: str, base_url: str) -> str:
    own = re.escape(re.sub("^https?://", "", base_url).rstrip("/"))
    # ASCII: else IGNORECASE would take a Kelvin sign for a k, and with it another host for ours.
    # Either scheme: a plate printed before the house had https still holds the same code, and nothing is opened.
    ours = re.fullmatch(f"(?:https?://)?{own}(/.*)?", text, re.IGNORECASE | re.ASCII | re.DOTALL)
    if ours:
        path = ours[1] or ""
        return path[3:] if path[:3] in {"/q/", "/Q/", "/q#", "/Q#"} else ""
    if not _ADDRESS_MARKS.isdisjoint(text):
        raise CodeForeign(field="code")
    return text


def _symbols(number: int, count: int) -> str:
    found = []
    for _ in range(count):
        number, place = divmod(number, RADIX)
        found.append(ALPHABET[place])
    return "".join(reversed(found))


def _number(symbols: str) -> int:
    number = 0
    for symbol in symbols:
        number = number * RADIX + _PLACE[symbol]
    return number


def _check(kind: Kind, payload: str) -> str:
    """The two symbols that make both Σ value and Σ place·value zero over GF(31), counting places from the right.

    This is a shortened Reed-Solomon code of distance 3 (for up to 31 symbols): any two wrong symbols are seen.
    """
    values = [list(Kind).index(kind), *(_PLACE[symbol] for symbol in payload)]
    first = -sum(place * value for place, value in enumerate(reversed(values), start=CHECK_SYMBOLS))
    second = -sum(values) - first
    return ALPHABET[first % RADIX] + ALPHABET[second % RADIX]


def _check_fits(kind: Kind, symbols: str) -> bool:
    return kind in _CHANGING or _check(kind, symbols[:-CHECK_SYMBOLS]) == symbols[-CHECK_SYMBOLS:]


def _with_check(kind: Kind, payload: str) -> Code:
    return Code(kind, kind + payload + _check(kind, payload))


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, f"alliance codes 1 {purpose}".encode(), "sha256")


def _fits(number: int, bits: int) -> None:
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{number} does not fit into {bits} bits")


def _step(kind: Kind, at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    return int(at.timestamp()) // _CHANGING[kind].step_seconds


def _tag(key: bytes, kind: Kind, step: int, data: int) -> bytes:
    message = step.to_bytes(8) + data.to_bytes(8)
    return hmac.digest(_derive(key, f"tag {kind}"), message, "sha256")[: TAG_BITS // 8]


def _pad(key: bytes, step: int, nonce: int) -> int:
    pad = hmac.digest(_derive(key, "pad"), step.to_bytes(8) + nonce.to_bytes(8), "sha256")
    return int.from_bytes(pad) >> 256 - NUMBER_BITS


def _sign(keyring: Keyring, kind: Kind, step: int, data: int) -> Code:
    key_id, key = keyring.signing[0]
    number = step % (1 << STEP_BITS) << _CHANGING[kind].data_bits | data
    number = number << TAG_BITS | int.from_bytes(_tag(key, kind, step, data))
    return Code(kind, kind + key_id + _symbols(number, _PAYLOAD[kind]))


def _open(keyring: Keyring, code: Code, kind: Kind, at: datetime) -> tuple[bytes, int, int]:
    """The key, the full step and the data of a genuine code. The work is the same whatever is wrong with the code."""
    if code.kind is not kind:
        raise CodeUnknown
    data_bits = _CHANGING[kind].data_bits
    number = _number(code.text[2:])
    tag = number & (1 << TAG_BITS) - 1
    data = number >> TAG_BITS & (1 << data_bits) - 1
    low_step = number >> TAG_BITS + data_bits
    # The code holds the low bits of its step: the full step is the one nearest to now, the tag covers all of it.
    now, half = _step(kind, at), 1 << STEP_BITS - 1
    step = now - (now - low_step + half) % (1 << STEP_BITS) + half
    claimed = code.text[1].encode() + tag.to_bytes(TAG_BITS // 8)
    found = None
    for key_id, key in keyring.signing:
        if hmac.compare_digest(key_id.encode() + _tag(key, kind, max(step, 0), data), claimed):
            found = key
    if found is None or low_step >> STEP_BITS:
        raise CodeUnknown
    if not now - STEPS_BACK <= step <= now:
        raise CodeExpired(kind=kind.value)
    return found, step, data
