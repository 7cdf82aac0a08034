"""Campaigns: named efforts that group activities."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from activities import rules
from activities.errors import CampaignExists, CampaignUnknown
from activities.models import Campaign
from core import audit, clock, receipts
from core.auth import Actor
from core.db import execute, insert, new_id
from core.receipts import Answer

SUBJECT = "campaign"


def make_campaign(
    actor: Actor, *, key: UUID, name: str, first_day: date, last_day: date | None = None
) -> Answer:
    """Begin a campaign, once per key; needs `activity.manage`, audited. The answer: `campaign_id`.

    Raises `ActivityInvalid`, `CampaignExists`.
    """
    actor.require("activity.manage")
    clean = rules.clean_text(name, "name", rules.LONGEST_NAME)
    rules.clean_days(first_day, last_day)

    def work() -> dict[str, Any]:
        campaign_id = new_id()
        row = {"id": campaign_id, "name": clean, "first_day": first_day, "last_day": last_day}
        row |= {"made_by": actor.member_id or actor.id, "made_at": clock.now()}
        adding = insert(Campaign).on_conflict_do_nothing(index_elements=["name"]).returning(Campaign.id)
        if execute(adding, row).first() is None:
            raise CampaignExists(field="name")
        audit.record(actor, "campaign.made", SUBJECT, campaign_id, name=clean)
        return {"campaign_id": str(campaign_id)}

    content = {"name": clean, "first_day": first_day, "last_day": last_day}
    return receipts.once(key, actor, "campaign.make", content, work)


def change_campaign(
    actor: Actor,
    campaign_id: UUID,
    *,
    key: UUID,
    name: str,
    first_day: date,
    last_day: date | None = None,
) -> Answer:
    """Change a campaign's name and days, once per key; needs `activity.manage`, audited.

    Raises `ActivityInvalid`, `CampaignUnknown`, `CampaignExists`.
    """
    actor.require("activity.manage")
    clean = rules.clean_text(name, "name", rules.LONGEST_NAME)
    rules.clean_days(first_day, last_day)

    def work() -> dict[str, Any]:
        # All of them: two that take one name at once wait for each other.
        query = sa.select(Campaign.id, Campaign.name).order_by(Campaign.id).with_for_update()
        known = {row.id: row.name for row in execute(query)}
        if campaign_id not in known:
            raise CampaignUnknown
        if any(other == clean and each != campaign_id for each, other in known.items()):
            raise CampaignExists(field="name")
        values = {"name": clean, "first_day": first_day, "last_day": last_day}
        execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(**values))
        audit.record(actor, "campaign.changed", SUBJECT, campaign_id, name=clean)
        return {"campaign_id": str(campaign_id)}

    content = {"campaign_id": campaign_id, "name": clean, "first_day": first_day, "last_day": last_day}
    return receipts.once(key, actor, "campaign.change", content, work)
