"""Plan an activity, change it, call it off."""

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.queries
import points.queries
from activities import rules
from activities.errors import ActivityChanged, ActivityInvalid, CampaignUnknown
from activities.models import Activity, ActivitySeries, Attendance, Campaign, SignUp
from activities.rules import CANCELLED, PLANNED, ActivityWish
from activities.service import records
from core import audit, clock, receipts
from core.auth import Actor
from core.db import db, execute, insert, new_id
from core.receipts import Answer


def make_activity(actor: Actor, wish: ActivityWish, *, key: UUID) -> Answer:
    """Plan an activity, once per key; needs `activity.manage`, audited. The answer: `number`.

    It may lie up to 14 days back, for what was written on paper. Raises `ActivityInvalid`, `CampaignUnknown`.
    """
    actor.require("activity.manage")
    clean = _cleaned(wish)
    rules.check_near(clean.starts_at, clock.now())

    def work() -> dict[str, Any]:
        _check_links(clean)
        activity_id, number = new_id(), _next_number()
        made = {"made_by": actor.member_id or actor.id, "made_at": clock.now()}
        row = {"id": activity_id, "number": number, "state": PLANNED, "version": 1, **asdict(clean), **made}
        execute(sa.insert(Activity), row | _NOTHING_YET)
        audit.record(actor, "activity.made", records.SUBJECT, activity_id, number=number, name=clean.title)
        return {"outcome": "planned", "number": number}

    return receipts.once(key, actor, "activity.make", asdict(clean), work)


#: Columns that are filled in later.
_NOTHING_YET = {
    "reason": "",
    **dict.fromkeys(("leaflets", "reached", "hazards", "people"), 0),
    **dict.fromkeys(("ended_by", "ended_at")),
}


def change_activity(actor: Actor, number: int, wish: ActivityWish, *, key: UUID, version: int) -> Answer:
    """Change an activity that is still to be, once per key; needs `activity.manage`, audited. The answer: `number`.

    `version` is the one that was looked at. Once somebody has come, its times stay. Raises `ActivityInvalid`,
    `ActivityUnknown`, `ActivityChanged`, `ActivityCancelled`, `ActivityClosed`, `CampaignUnknown`.
    """
    actor.require("activity.manage")
    clean = _cleaned(wish)

    def work() -> dict[str, Any]:
        found = records.planned(number)
        if found.version != version:
            raise ActivityChanged(activity=found.title)
        _check_links(clean)
        _check_times(found, clean)
        _check_places(found, clean)
        changed = [name for name, value in asdict(clean).items() if getattr(found, name) != value]
        if changed:
            records.write(found.id, **asdict(clean), version=version + 1)
            audit.record(actor, "activity.changed", records.SUBJECT, found.id, number=number, fields=changed)
        return {"outcome": "planned", "number": number}

    content = {"number": number, "version": version, **asdict(clean)}
    return receipts.once(key, actor, "activity.change", content, work)


def cancel_activity(actor: Actor, number: int, *, key: UUID, reason: str) -> Answer:
    """Call an activity off, once per key and with a reason that members read; needs `activity.manage`, audited.

    It pays nobody, whoever may have come. Raises `ActivityInvalid`, `ActivityUnknown`, `ActivityCancelled`,
    `ActivityClosed`.
    """
    actor.require("activity.manage")
    clean = rules.clean_reason(reason)

    def work() -> dict[str, Any]:
        found = records.planned(number)
        ended = {"ended_by": actor.member_id or actor.id, "ended_at": clock.now()}
        records.write(found.id, state=CANCELLED, reason=clean, version=found.version + 1, **ended)
        audit.record(actor, "activity.cancelled", records.SUBJECT, found.id, number=number, reason=clean)
        return {"outcome": "cancelled", "number": number}

    return receipts.once(key, actor, "activity.cancel", {"number": number, "reason": clean}, work)


def _cleaned(wish: ActivityWish) -> ActivityWish:
    starts_at, ends_at = rules.clean_times(wish.starts_at, wish.ends_at)
    title = rules.clean_text(wish.title, "title", rules.LONGEST_NAME)
    # It stands on statements for ever: what may not stand there may not be its name.
    title = points.queries.clean_memo(title, "title")
    return replace(
        wish,
        kind=rules.clean_kind(wish.kind),
        title=title,
        place=rules.clean_text(wish.place, "place", rules.LONGEST_PLACE),
        words=rules.clean_text(wish.words, "words", rules.LONGEST_WORDS, required=False, lines=True),
        starts_at=starts_at,
        ends_at=ends_at,
        most=rules.clean_most(wish.most),
    )


def _check_links(wish: ActivityWish) -> None:
    rule = points.queries.rule(wish.rule_code, clock.local_date(wish.starts_at))
    if rule is None or rule.category == points.queries.SHOP_CATEGORY:
        raise ActivityInvalid(field="rule_code", reason="unknown")
    if wish.squad_id is not None and all(each.id != wish.squad_id for each in members.queries.squads()):
        raise ActivityInvalid(field="squad_id", reason="unknown")
    campaign = sa.select(Campaign.id).where(Campaign.id == wish.campaign_id)
    if wish.campaign_id is not None and execute(campaign).first() is None:
        raise CampaignUnknown(field="campaign_id")


def _check_times(found: Any, wish: ActivityWish) -> None:
    if (found.starts_at, found.ends_at) == (wish.starts_at, wish.ends_at):
        return
    rules.check_near(wish.starts_at, clock.now())
    if execute(sa.select(Attendance.id).where(Attendance.activity_id == found.id).limit(1)).first():
        raise ActivityInvalid(field="starts_at", reason="somebody_came")


def _check_places(found: Any, wish: ActivityWish) -> None:
    signed_up = sa.select(sa.func.count()).select_from(SignUp).where(SignUp.activity_id == found.id)
    if wish.most is not None and wish.most < int(execute(signed_up).scalar_one()):
        raise ActivityInvalid(field="most", reason="fewer_than_signed_up")


def _next_number() -> int:
    """The next number. Its row stays locked until the activity is there; a refusal gives it back."""
    statement = insert(ActivitySeries).values(id=1, last=1)
    statement = statement.on_conflict_do_update(
        index_elements=[ActivitySeries.id], set_={"last": ActivitySeries.last + 1}
    ).returning(ActivitySeries.last)
    return int(db.session.execute(statement).scalar_one())
