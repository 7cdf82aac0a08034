"""Exactly once: every request that moves value carries a key, and a key has one effect and one answer.

The device makes the key and keeps it until it has an answer, because a failed answer does not mean "not done". The
receipt is written in the same transaction as its effect. Refusals are kept too: a refused key stays refused, and worn
codes and fraud are only visible in refusals. Receipts are kept for at least 400 days.
"""

import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.auth import Actor
from core.config import settings
from core.db import (
    MOST_TRIES,
    Identifier,
    Model,
    UtcTime,
    dialect_name,
    execute,
    insert,
    transactional,
)
from core.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from core.fixed import Fixed, among

Work = Callable[[], dict[str, Any]]
Prepare = Callable[[], Work]
#: Told of a refusal in the transaction that keeps it, so that both are kept or none.
Witness = Callable[[DomainError], None]
DONE = "done"
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


class KeyReused(Conflict):
    """The key was used before, by somebody else or for something else."""

    code = "key_reused"


class Receipt(Model):
    """What was answered to the request with this key. `outcome` is "done" or the code of the refusal."""

    __tablename__ = "receipt"

    key: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(Identifier)
    action: Mapped[str] = mapped_column(sa.String(40))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    outcome: Mapped[str] = mapped_column(sa.String(60))
    family: Mapped[str] = mapped_column(sa.String(20))
    answer: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.Index("ix_receipt_created_at_outcome", "created_at", "outcome"),)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request with this key was answered; `replayed` when this is not the first."""

    body: dict[str, Any]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One of many requests that come together: its key, and what it asks for."""

    key: UUID
    content: Mapping[str, Any]


#: Does the requests at these places of the list: key → the answer, or the refusal of this one alone.
WorkOnMany = Callable[[Sequence[int]], Mapping[UUID, dict[str, Any] | DomainError]]


class _AlreadyAnsweredError(Exception):
    """Another request with the same key finished while this one was at work."""


#: Families of refusals that are kept; a fault of the connection or of the service is none.
_FAMILIES: dict[str, type[DomainError]] = {
    each.__name__: each for each in (Refused, NotFound, Forbidden, Conflict)
}
_current_key: ContextVar[UUID | None] = ContextVar("receipt_key", default=None)
_receipts: sa.Table = Receipt.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
_told = sa.select(
    _receipts.c.key,
    _receipts.c.actor_id,
    _receipts.c.fingerprint,
    _receipts.c.outcome,
    _receipts.c.family,
    _receipts.c.answer,
)
#: Binds `wanted`.
_FIND = Fixed(_told.where(_receipts.c.key == sa.bindparam("wanted")))
_FIND_MANY = Fixed(_told.where(among(_receipts.c.key, "wanted")))
_ANSWERED = Fixed(sa.select(_receipts.c.key).where(among(_receipts.c.key, "wanted")))
_ADD = Fixed(sa.insert(_receipts))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReceipt:
    """What a request of the past would have left behind; `created_at` (aware) is when it was answered."""

    key: UUID
    actor_id: UUID
    action: str
    content: Mapping[str, Any]
    answer: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A receipt as staff read it. `at` is UTC."""

    key: UUID
    actor_id: UUID
    action: str
    outcome: str
    answer: dict[str, Any]
    at: datetime


def find(key: UUID) -> Kept | None:
    """The receipt that is kept under this key, or None."""
    row = execute(sa.select(_receipts).where(_receipts.c.key == key)).one_or_none()
    if row is None:
        return None
    return _kept(row)


def find_many(keys: Iterable[UUID]) -> dict[UUID, Kept]:
    """The receipts that are kept under these keys, by key."""
    rows = execute(sa.select(_receipts).where(_receipts.c.key.in_(list(keys)))).all()
    return {row.key: _kept(row) for row in rows}


def _kept(row: Any) -> Kept:
    return Kept(row.key, row.actor_id, row.action, row.outcome, json.loads(row.answer), row.created_at)


def current_key() -> UUID | None:
    """The key of the request that is being answered, or None outside of `once`."""
    return _current_key.get()


def once(
    key: UUID,
    actor: Actor,
    action: str,
    content: Mapping[str, Any],
    work: Work,
    *,
    together: bool = False,
) -> Answer:
    """Do `work` unless the key was answered before; then repeat that answer, or raise that refusal again.

    `content` is what the caller asked for: the same key with other content, by another actor or for another `action`
    raises `KeyReused` and changes nothing. `work` runs inside the transaction and returns a JSON-able answer; a
    `DomainError` from it undoes everything and is stored as a refusal. Inside another `once` with the same key the
    inner one joins the outer one. `together`: the work is short, and may share its commit (`core.db.transaction`).
    """
    return once_prepared(key, actor, action, content, lambda: work, together=together)


def once_prepared(
    key: UUID,
    actor: Actor,
    action: str,
    content: Mapping[str, Any],
    prepare: Prepare,
    witness: Witness | None = None,
    *,
    together: bool = False,
) -> Answer:
    """As `once`; `prepare` does what needs neither lock nor transaction, and returns the work that does.

    Its refusals are kept like those of the work, and `witness` is told of each that is kept. On SQLite all writers wait
    while one works: what can be done before is done before.
    """
    if _current_key.get() == key:
        return Answer(prepare()(), replayed=False)
    fingerprint = _fingerprint(action, content)
    found = _replay(key, actor, fingerprint)
    if found is not None:
        return found
    token = _current_key.set(key)
    try:
        do = _do_together if together else _do_alone
        body = do(key, actor, action, fingerprint, prepare())
    except _AlreadyAnsweredError:
        return _must_replay(key, actor, fingerprint)
    except (KeyReused, sa.exc.IntegrityError):
        # Perhaps only because another request with this key was faster, and its rows are there: its answer is ours.
        found = _replay(key, actor, fingerprint)
        if found is None:
            raise
        return found
    except DomainError as refusal:
        if _family(refusal) is None:
            raise
        if not _keep_refusal(key, actor, action, fingerprint, refusal, witness):
            return _must_replay(key, actor, fingerprint)
        raise
    finally:
        _current_key.reset(token)
    return Answer(body, replayed=False)


def many(actor: Actor, action: str, asked: Sequence[Asked], work: WorkOnMany) -> list[Answer | DomainError]:
    """As `once` for many requests in one transaction; answers and refusals in the order in which they were asked.

    `work` gets the places of those that no answer is known for, each key once, and decides about each of them by
    itself: what it refuses must have changed nothing. What it raises undoes and keeps nothing, and is raised. A key
    that comes twice in the list is a repeat, or `KeyReused` when it comes with other content. When another request
    with one of the keys was faster, everything is undone and the open ones are done again.
    """
    prints = [_fingerprint(action, each.content) for each in asked]
    first: dict[UUID, int] = {}
    for place, each in enumerate(asked):
        first.setdefault(each.key, place)
    outcomes: dict[UUID, Answer | DomainError] = {}
    for _ in range(MOST_TRIES):
        outcomes = _known(actor, {key: prints[place] for key, place in first.items()})
        open_ = [place for key, place in first.items() if key not in outcomes]
        try:
            outcomes |= _do_many(actor, action, asked, prints, open_, work) if open_ else {}
        except (_AlreadyAnsweredError, KeyReused, sa.exc.IntegrityError):
            continue
        break
    else:
        # A key that moved value without a receipt, and so will never have one, must not hold up the others.
        for key, place in first.items():
            if key not in outcomes:
                outcomes[key] = _alone(actor, action, asked[place], functools.partial(work, [place]))
    return [
        outcomes[each.key]
        if first[each.key] == place
        else _repeated(outcomes[each.key], prints[place] == prints[first[each.key]])
        for place, each in enumerate(asked)
    ]


def _alone(
    actor: Actor, action: str, asked: Asked, work: Callable[[], Mapping[UUID, Any]]
) -> Answer | DomainError:
    def work_or_raise() -> dict[str, Any]:
        outcome: dict[str, Any] | DomainError = work()[asked.key]
        if isinstance(outcome, DomainError):
            raise outcome
        return outcome

    try:
        return once(asked.key, actor, action, asked.content, work_or_raise)
    except DomainError as refusal:
        return refusal


def _repeated(outcome: Answer | DomainError, same: bool) -> Answer | DomainError:
    if not same:
        return KeyReused()
    return outcome if isinstance(outcome, DomainError) else Answer(outcome.body, replayed=True)


def _known(actor: Actor, prints: Mapping[UUID, str]) -> dict[UUID, Answer | DomainError]:
    """The answers and refusals that are kept under these keys."""
    found: dict[UUID, Answer | DomainError] = {}
    for row in execute(_FIND_MANY, {"wanted": prints}):
        try:
            found[row.key] = _told_again(row, actor, prints[row.key])
        except DomainError as refusal:
            found[row.key] = refusal
    return found


@transactional
def _do_many(
    actor: Actor,
    action: str,
    asked: Sequence[Asked],
    prints: Sequence[str],
    open_: Sequence[int],
    work: WorkOnMany,
) -> dict[UUID, Answer | DomainError]:
    done = work(open_)
    outcomes: dict[UUID, Answer | DomainError] = {}
    rows = []
    # In the order of the keys, so that two requests that share some cannot wait for each other in a circle.
    for place in sorted(open_, key=lambda at: asked[at].key.int):
        key = asked[place].key
        outcome = done[key]
        if isinstance(outcome, DomainError):
            outcomes[key] = outcome
            family = _family(outcome)
            if family is not None:
                kept = _dump(outcome.data)
                rows.append(_row(key, actor, action, prints[place], outcome.code, family, kept))
            continue
        answer = _dump(outcome)
        outcomes[key] = Answer(json.loads(answer), replayed=False)
        rows.append(_row(key, actor, action, prints[place], DONE, "", answer))
    if rows and execute(_keep(dialect_name()), rows).written < len(rows):
        raise _AlreadyAnsweredError
    return outcomes


def answered(keys: Iterable[UUID]) -> set[UUID]:
    """Those of the keys that have a receipt, whatever it says and whoever asked."""
    return {row.key for row in execute(_ANSWERED, {"wanted": set(keys)})}


def import_past(past: Iterable[PastReceipt]) -> None:
    """Keep receipts of a history that is taken over in bulk, so that none of its keys can move value again.

    Joins the caller's transaction.
    """
    rows = [
        {
            "key": each.key,
            "actor_id": each.actor_id,
            "action": each.action,
            "fingerprint": _fingerprint(each.action, each.content),
            "outcome": DONE,
            "family": "",
            "answer": _dump(each.answer),
            "created_at": each.created_at,
        }
        for each in past
    ]
    if rows:
        execute(_ADD, rows)


def _do(key: UUID, actor: Actor, action: str, fingerprint: str, work: Work) -> dict[str, Any]:
    body = work()
    answer = _dump(body)
    if not _write(key, actor, action, fingerprint, DONE, "", answer):
        raise _AlreadyAnsweredError
    # What is answered now must equal what will be answered on every repeat.
    loaded: dict[str, Any] = json.loads(answer)
    return loaded


_do_alone, _do_together = transactional(_do), transactional(_do, together=True)


@functools.partial(transactional, together=True)
def _keep_refusal(
    key: UUID, actor: Actor, action: str, fingerprint: str, refusal: DomainError, witness: Witness | None
) -> bool:
    family = _family(refusal) or ""
    kept = _write(key, actor, action, fingerprint, refusal.code, family, _dump(refusal.data))
    if kept and witness is not None:
        witness(refusal)
    return kept


def _write(
    key: UUID, actor: Actor, action: str, fingerprint: str, outcome: str, family: str, answer: str
) -> bool:
    values = _row(key, actor, action, fingerprint, outcome, family, answer)
    return bool(execute(_keep(dialect_name()), values).written)


def _row(
    key: UUID, actor: Actor, action: str, fingerprint: str, outcome: str, family: str, answer: str
) -> dict[str, Any]:
    return {
        "key": key,
        "actor_id": actor.id,
        "action": action,
        "fingerprint": fingerprint,
        "outcome": outcome,
        "family": family,
        "answer": answer,
        "created_at": clock.now(),
    }


@functools.cache
def _keep(_dialect: str) -> Fixed:
    return Fixed(insert(_receipts).on_conflict_do_nothing(index_elements=["key"]))


def _replay(key: UUID, actor: Actor, fingerprint: str) -> Answer | None:
    row = execute(_FIND, {"wanted": key}).one_or_none()
    return None if row is None else _told_again(row, actor, fingerprint)


def _told_again(row: Any, actor: Actor, fingerprint: str) -> Answer:
    """What a kept receipt answers. Raises the refusal that it holds, and `KeyReused` for another wish."""
    if row.actor_id != actor.id or not hmac.compare_digest(row.fingerprint, fingerprint):
        raise KeyReused
    if row.outcome == DONE:
        return Answer(json.loads(row.answer), replayed=True)
    # Raised anew from its parts: the class is not needed, its code, family and data are the refusal.
    stored = type("StoredRefusal", (_FAMILIES[row.family],), {"code": row.outcome, "stored": True})
    refusal: DomainError = stored(**json.loads(row.answer))
    refusal.replayed = True
    raise refusal


def _must_replay(key: UUID, actor: Actor, fingerprint: str) -> Answer:
    found = _replay(key, actor, fingerprint)
    if found is None:
        raise RuntimeError("a receipt vanished between its conflict and its reading")
    return found


def _family(refusal: DomainError) -> str | None:
    return next((name for name, kind in _FAMILIES.items() if isinstance(refusal, kind)), None)


def _fingerprint(action: str, content: Mapping[str, Any]) -> str:
    # Keyed, because the content of a scan holds codes that the database must not be able to give away.
    secret = settings().printing_secret.encode()
    # A lone surrogate is refused by the domain with a sentence; it must get that far.
    content_bytes = _dump({"action": action, "content": dict(content)}).encode("utf-8", "surrogatepass")
    return hmac.new(secret, content_bytes, hashlib.sha256).hexdigest()


def _dump(value: Any) -> str:
    return _ENCODER.encode(value)
