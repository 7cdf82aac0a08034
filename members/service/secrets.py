"""Hashes of passwords and PINs (argon2id), and the same work for accounts that do not exist."""

import unicodedata
from functools import lru_cache
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.config import settings
from core.db import db, insert
from members import secret_rules
from members.models import SignIn


@lru_cache(maxsize=2)
def _hasher(light: bool) -> PasswordHasher:
    # 19 MiB, two passes, one lane: the profile for servers where many threads hash at a time.
    if light:
        return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@lru_cache(maxsize=2)
def _nobodys_hash(light: bool) -> str:
    return _hasher(light).hash("nobody has this password")


def _bytes(secret: str) -> bytes:
    clean = unicodedata.normalize("NFC", secret[: secret_rules.LONGEST_PASSWORD + 1])
    return clean.encode("utf-8", "surrogatepass")


def hash_password(password: str) -> str:
    """The hash of a password that `secret_rules.clean_password` has passed. Takes tens of milliseconds on purpose."""
    return _hasher(settings().argon2_light).hash(_bytes(password))


def hash_pin(pin: str) -> str:
    """The hash of a PIN that `secret_rules.clean_pin` has passed."""
    return hash_password(pin)


def matches(kept: str | None, secret: str) -> bool:
    """Whether `secret` is the one whose hash is kept. With no hash the work is the same and the answer is no."""
    light = settings().argon2_light
    try:
        _hasher(light).verify(kept or _nobodys_hash(light), _bytes(secret))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with another profile than the one in force."""
    return _hasher(settings().argon2_light).check_needs_rehash(kept)


def store(member_id: UUID, **hashes: str) -> None:
    """Set `password_hash` or `pin_hash` of the member. Joins the caller's transaction."""
    statement = insert(SignIn).values(member_id=member_id, **hashes)
    db.session.execute(statement.on_conflict_do_update(index_elements=[SignIn.member_id], set_=hashes))


def kept_hashes(member_id: UUID) -> tuple[str | None, str | None]:
    """The member's password hash and PIN hash."""
    query = sa.select(SignIn.password_hash, SignIn.pin_hash).where(SignIn.member_id == member_id)
    row = db.session.execute(query).one_or_none()
    return (row.password_hash, row.pin_hash) if row is not None else (None, None)
