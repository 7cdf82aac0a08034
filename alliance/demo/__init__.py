"""The demo alliance: a believable community on the first start, so that every page shows life.

Always the same people, places and deeds for the same day, and never anybody's real ones. Made through the services,
with the clock put back to the time of each deed; only the older part of the year is booked through the entries for
histories that the ledger and patrols have. One transaction: a demo that fails leaves nothing behind; only the check of
a list of newcomers comes after it, which the keeper would do as well.
"""

import random

import members.queries
import merchants.service
import points.service
from alliance.demo import (
    aims,
    awaited,
    doings,
    history,
    market,
    people,
    rounds,
    shelf,
    shops,
    spending,
    telling,
    thanking,
    twice,
    worn,
)
from core.config import settings
from core.db import transaction

_SEED = "正义联盟"


def is_empty() -> bool:
    """Whether nobody is a member yet, so that a demo harms nothing."""
    return not any(members.queries.status_counts().values())


def fill() -> list[str]:
    """Make the demo alliance up to this minute; returns what `sign_ins` says.

    Raises whatever a service refuses; then nothing was made.
    """
    dice = random.Random(_SEED)  # noqa: S311 - the same alliance every time is the point
    # Dice of their own, so that a further shop does not change who patrols when.
    market_dice = random.Random(f"{_SEED}市场")  # noqa: S311 - as above
    with transaction():
        points.service.install_tariff()
        merchants.service.install_trades()
        alliance = people.found(dice)
        rounds.lay_out(alliance)
        opened = shops.open_shops(alliance, market_dice)
        items = shelf.fill(alliance, opened)
        year = spending.Spending(alliance, opened, items, market_dice)
        history.book(alliance, dice, patrols_until=rounds.first_day(), weave=year.among)
        year.write()
        rounds.walk(alliance, dice)
        history.withdraw_a_lead(alliance)
        _trade(alliance, opened, items, market_dice)
        telling.fill(alliance)
        doings.fill(alliance)
        aims.fill(alliance)
        thanking.fill(alliance)
        twice.fill(alliance)
        worn.fill(alliance)
        awaited.fill(alliance)
    awaited.check()
    return sign_ins()


def _trade(
    alliance: people.Alliance, opened: list[shops.Shop], items: list[shelf.Item], dice: random.Random
) -> None:
    """All that happens around shops and rewards besides the year's payments."""
    around = market.Around(alliance, opened, items, dice)
    around.give_and_thank()
    around.pay_oddly()
    around.reserve_today()
    shelf.take_stock(alliance, items)
    around.wait()
    market.agree_on_rates(alliance, opened)
    market.settle(alliance, opened)
    around.ask_and_take_back()
    around.bring_back()


def sign_ins() -> list[str]:
    """Lines that tell how to sign in to the demo: role, telephone, password, name; nothing when it is not there."""
    lines = list(people.sign_in_lines())
    return [f"Sign in at {settings().base_url}/sign-in as", *lines] if lines else []
