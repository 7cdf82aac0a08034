"""Numbers, passwords and tokens of reports: everything that the reporter holds and the tables must not.

Of a report without a name all follows from the key that the reporter's own page has made and that is never kept:
the report's id and its password. So a repeated request gets the same answer without a receipt, which would hold the
time. The token follows from the password: it can be shown again, and nothing is written down when it is.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.codes import ALPHABET, RADIX
from core.config import settings
from reports.rules.handling import FIRST_NUMBER, LAST_NUMBER
from reports.rules.kinds import RULES

#: 59 bits, in three groups of four.
PASSWORD_SYMBOLS: Final = 12
#: 50 bits of its own and 50 bits of proof, in five groups of four.
TOKEN_SYMBOLS: Final = 20
_HALF: Final = TOKEN_SYMBOLS // 2
_GROUP: Final = 4


def digest(purpose: str, text: str) -> str:
    """What is kept instead of `text`: useless without the key, and unlike the digest for any other purpose."""
    return _mac(purpose, text).hex()


def fingerprint(content: Mapping[str, Any]) -> str:
    """Tells a repeated request from another one under the same key."""
    return digest("request", json.dumps(content, ensure_ascii=False, sort_keys=True, default=str))


def report_id(key: UUID) -> UUID:
    """The id of the report without a name that this key makes; looks random (UUID version 4)."""
    return UUID(bytes=_mac("id", key.hex)[:16], version=4)


def password(key: UUID) -> str:
    """The password of the report without a name that this key makes, in groups for writing down."""
    return grouped(_symbols(_mac("password", key.hex), PASSWORD_SYMBOLS))


def read_password(typed: str) -> str | None:
    """The digest of a typed password, None when it cannot be one."""
    clean = _typed(typed, PASSWORD_SYMBOLS)
    return digest("password kept", clean) if clean else None


def new_number() -> int:
    """A random number to follow a report by: counting up would tell the order."""
    return FIRST_NUMBER + secrets.randbelow(LAST_NUMBER - FIRST_NUMBER + 1)


def token(typed_password: str, rule_code: str) -> str:
    """The token with which the points of this report are collected, in groups."""
    own = _symbols(_mac("token", _typed(typed_password, PASSWORD_SYMBOLS) or ""), _HALF)
    return grouped(own + _proof(own, rule_code))


def read_token(typed: str) -> tuple[str, str] | None:
    """Digest and rule of a token that somebody typed, or None when it is none of ours."""
    clean = _typed(typed, TOKEN_SYMBOLS)
    if clean is None:
        return None
    own, proof = clean[:_HALF], clean[_HALF:]
    fitting = [rule for rule in RULES if hmac.compare_digest(_proof(own, rule), proof)]
    return (digest("token spent", clean), fitting[0]) if fitting else None


def grouped(symbols: str) -> str:
    """Symbols in groups of four."""
    return " ".join(symbols[start : start + _GROUP] for start in range(0, len(symbols), _GROUP))


def _proof(own: str, rule_code: str) -> str:
    return _symbols(_mac("token proof", f"{own} {rule_code}"), _HALF)


def _typed(text: str, count: int) -> str | None:
    clean = "".join(text[: 4 * count].upper().replace("-", " ").split())
    return clean if len(clean) == count and set(clean) <= set(ALPHABET) else None


def _symbols(mac: bytes, count: int) -> str:
    number, found = int.from_bytes(mac), ""
    for _ in range(count):
        number, place = divmod(number, RADIX)
        found += ALPHABET[place]
    return found


def _mac(purpose: str, text: str) -> bytes:
    message = f"reports {purpose} {text}".encode("utf-8", "surrogatepass")
    return hmac.digest(settings().printing_secret.encode(), message, "sha256")
