"""Points for a report without a name: a token that nobody can trace back to it, collected at a desk or by phone.

The token follows from the report's password, so showing it writes nothing down; that it is good is proved by the token
itself; that it is spent is a row which knows nothing of a report. See docs/adr on reports without a name.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
import points.service
from core import audit, clock
from core.auth import Actor
from core.db import db, insert
from core.receipts import Answer, once
from reports import queries, secrets
from reports.errors import (
    ClaimByHandler,
    NothingToCollect,
    ReporterNeeded,
    TokenNotYet,
    TokenUnknown,
    TokenUsed,
)
from reports.models import ReportClaim


@dataclass(frozen=True, slots=True)
class ClaimToken:
    """The token of a useful report. `points`: what it brings today; `collected`: it was used."""

    token: str
    rule_code: str
    points: int
    collected: bool
    collect_from: date


def claim_token(number: int, password: str) -> ClaimToken:
    """The token of a report without a name, for who has number and password; the same each time. Writes nothing.

    Raises `FollowRefused`, `NothingToCollect`, `TokenNotYet`.
    """
    report = queries.row_followed(number, password)
    if report.verdict != "useful" or report.rule_code is None or report.collect_from is None:
        raise NothingToCollect(verdict=report.verdict)
    today = clock.today()
    if today < report.collect_from:
        raise TokenNotYet(on=report.collect_from.isoformat())
    token = secrets.token(password, report.rule_code)
    rule = points.queries.rule(report.rule_code, today)
    read = secrets.read_token(token)
    return ClaimToken(
        token=token,
        rule_code=report.rule_code,
        points=rule.points if rule else 0,
        collected=read is not None and _collected(read[0]),
        collect_from=report.collect_from,
    )


def _collected(token_digest: str) -> bool:
    query = sa.select(ReportClaim.id).where(ReportClaim.token_digest == token_digest)
    return db.session.scalar(query) is not None


def collect(actor: Actor, *, key: UUID, token: str, member_id: UUID | None = None) -> Answer:
    """Collect the points of a token, once: for oneself, or at the desk (`report.handle`) for `member_id`.

    The answer has `member_id`, `points`, `balance`. Raises `TokenUnknown`, `TokenUsed`, `ClaimByHandler`,
    `ReporterNeeded`, the refusals of inactive members and those of the tariff (cap reached) and
    `WeekFull` (the receiver has got enough this week); the token stays good then.
    """
    receiver = member_id or actor.member_id
    own = receiver == actor.member_id
    actor.require("report.write" if own else "report.handle")
    if receiver is None:
        raise ReporterNeeded
    content = {"token": token, "member_id": receiver}
    return once(key, actor, "report.collect", content, lambda: _collect(actor, key, token, receiver, own))


def _collect(actor: Actor, key: UUID, token: str, receiver: UUID, own: bool) -> dict[str, Any]:
    read = secrets.read_token(token)
    if read is None:
        raise TokenUnknown(field="token")
    token_digest, rule_code = read
    holder = members.queries.facts(receiver)
    members.queries.require_active(holder)
    # Who judges reports could write some himself. That a friend collects them cannot be seen here.
    if members.queries.household_of(receiver) & {each.id for each in queries.handlers()}:
        raise ClaimByHandler
    if _collected(token_digest):
        raise TokenUsed
    claim_id = UUID(bytes=bytes.fromhex(token_digest)[:16], version=4)
    paid = points.service.pay_promised(
        actor,
        key=key,
        member_id=receiver,
        squad_id=holder.squad_id,
        rule_code=rule_code,
        subject_type="report_claim",
        subject_id=claim_id,
    )
    statement = insert(ReportClaim).values(
        id=claim_id,
        token_digest=token_digest,
        rule_code=rule_code,
        points=paid.points,
        transfer_id=paid.transfer_id,
    )
    # Somebody who was faster has taken the digest: then all of this is undone.
    if db.session.execute(statement.on_conflict_do_nothing().returning(ReportClaim.id)).first() is None:
        raise TokenUsed
    if not own:
        audit.record(actor, "report.collected", "member", receiver, rule=rule_code, points=paid.points)
    return {
        "outcome": "collected",
        "member_id": str(receiver),
        "points": paid.points,
        "balance": paid.balance,
    }
