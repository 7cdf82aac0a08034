"""What members see of partner shops: the directory by trade and area, and a page for each."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

import members.queries
from core.auth import current_actor, requires
from core.pages import identifier
from merchants import queries
from merchants.views.blueprint import views

#: Letters of a search that are looked at; the rest is cut off.
_LONGEST_SEARCH = 40


@views.get("/shops")
@requires("shop.read")
def shops() -> ResponseReturnValue:
    """Partner shops with what they give for points: by trade, by area, by words."""
    trade = request.args.get("trade")
    trades = [each for each in queries.trades() if queries.trade_counts().get(each.code)]
    trade = trade if trade in {each.code for each in trades} else None
    area_id = identifier(request.args.get("area"))
    text = request.args.get("q", "")[:_LONGEST_SEARCH]
    cursor = request.args.get("cursor") or None
    page = queries.directory(trade=trade, area_id=area_id, text=text, cursor=cursor, limit=20)
    return render_template(
        "merchants/shops.html",
        page=page,
        first=bool(cursor),
        trades=trades,
        trade=trade,
        area_options=[(str(each.id), " › ".join(each.path)) for each in members.queries.areas()],
        area_id=area_id,
        text=text,
        offers=queries.offers_of([each.id for each in page.items]),
        posts=[each for each in _posts() if each.has_counter],
    )


@views.get("/shops/<int:number>")
@requires("shop.read")
def shop(number: int) -> ResponseReturnValue:
    """One shop: what it gives for points, when it is open, how it stands in the Alliance."""
    actor = current_actor()
    found = queries.shop_for(actor, queries.shop_by_number(number).id)
    area = next((each for each in members.queries.areas() if each.id == found.area_id), None)
    return render_template(
        "merchants/shop.html",
        shop=found,
        offers=queries.offers(found.id),
        standing=queries.standing(found.id),
        area=area,
        works_here=any(each.merchant_id == found.id for each in _posts()),
        asked=actor.may("counter.use") and any(each.merchant_id == found.id for each in _invitations()),
    )


def _invitations() -> list[queries.Invitation]:
    member_id = current_actor().member_id
    return queries.invitations_of(member_id) if member_id else []


def _posts() -> list[queries.Post]:
    member_id = current_actor().member_id
    return queries.posts_of(member_id) if member_id else []
