"""What was handed over, and what of it was taken back: for the desk, and for the member whom it concerns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
from core import paging
from core.db import db
from core.paging import Page
from rewards.errors import RedemptionUnknown
from rewards.models import Redemption, RedemptionReturn
from rewards.queries.vouchers import VoucherFacts, selected, vouchers


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A reward that was handed over, with the names of the member, of who gave it out, and of who took it back.

    Names are empty for commands and for those whose data are gone.
    """

    voucher: VoucherFacts
    member_name: str
    giver_name: str
    returner_name: str


def handed_over(
    *, returned: bool = False, member_id: UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[HandedOver]:
    """What was handed over at the police room and at shops, the last first; or (`returned`) what of it was taken back.

    `member_id`: only to this member, the last reserved first. Raises `CursorInvalid`.
    """
    limit = max(1, min(limit, paging.MOST_ITEMS))
    moment: Any = RedemptionReturn.returned_at if returned else Redemption.ended_at
    which: list[Any] = [moment.is_not(None)]
    if not returned:
        # Spelled out, not bound: only so can the index of what was handed over be used.
        which.append(sa.text("redemption.state = 'used'"))
    if member_id is not None:
        which.append(Redemption.member_id == member_id)
        # As his index has them: by the other one all that anybody was ever given would be read.
        moment = Redemption.reserved_at
    if cursor is not None:
        at, last_id = paging.decode(cursor, str, str)
        place = sa.tuple_(sa.literal(paging.moment(at), moment.type), paging.identifier(last_id))
        which.append(sa.tuple_(moment, Redemption.id) < place)
    query = selected(*which, returned=returned).order_by(moment.desc(), Redemption.id.desc()).limit(limit + 1)
    rows = db.session.execute(query).all()
    found = vouchers(rows[:limit])
    onward = None
    if len(rows) > limit:
        last = rows[limit - 1]
        onward = paging.encode(getattr(last, moment.key).isoformat(), str(last.redemption_id))
    return Page(_named(found), onward)


def desk_redemption(redemption_id: UUID) -> HandedOver:
    """One redemption as the desk sees it, whatever its state. Raises `RedemptionUnknown`."""
    rows = db.session.execute(selected(Redemption.id == redemption_id)).all()
    if not rows:
        raise RedemptionUnknown
    return _named(vouchers(rows))[0]


def _named(found: list[VoucherFacts]) -> list[HandedOver]:
    ids = {each.member_id for each in found} | {each.handed_over_by for each in found}
    ids |= {each.returned.by for each in found if each.returned}
    people = members.queries.many_facts(each for each in ids if each is not None)

    def name(person: UUID | None) -> str:
        return people[person].name if person in people else ""

    return [
        HandedOver(
            each,
            name(each.member_id),
            name(each.handed_over_by),
            name(each.returned.by if each.returned else None),
        )
        for each in found
    ]


def returned_lately(member_id: UUID, since: datetime) -> list[VoucherFacts]:
    """What was taken back from the member, or a membership that has gone up in his, since (UTC), the last first."""
    his = members.queries.memberships_of(member_id)
    mine = (Redemption.member_id.in_(his), RedemptionReturn.returned_at >= since)
    rows = db.session.execute(
        selected(*mine, returned=True).order_by(RedemptionReturn.returned_at.desc())
    ).all()
    return vouchers(rows)
