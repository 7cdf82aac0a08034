"""The member's shelf: what there is, one reward, and redeeming it."""

from typing import Any
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import points.queries
import rewards.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, own_id, sentence, whole_number
from rewards import queries
from rewards.errors import PriceChanged
from rewards.views import words
from rewards.views.blueprint import views

#: The order of the choices; the first one is what a reader sees who has not chosen.
SORTS = ("favourites", "newest", "price", "affordable")
#: A picture's id changes with the picture, so a phone may keep it.
_PICTURE_CACHE = "private, max-age=31536000, immutable"


@views.get("/rewards")
@requires("reward.read")
def shelf() -> ResponseReturnValue:
    """What can be had for points: pictures, prices, what is left, and how many points are missing."""
    sort = request.args.get("sort")
    sort = sort if sort in SORTS else SORTS[0]
    kind = request.args.get("kind")
    kind = kind if kind in queries.KINDS else None
    cursor = request.args.get("cursor") or None
    member_id = own_id()
    return render_template(
        "rewards/shelf.html",
        page=queries.shelf(member_id, sort=sort, kind=kind, cursor=cursor),
        sort=sort,
        kind=kind,
        first=bool(cursor),
        balance=points.queries.balance(member_id),
        open_vouchers=len(queries.my_redemptions(member_id).items),
        back=queries.back_in_stock(member_id),
    )


@views.get("/rewards/<int:number>")
@requires("reward.read")
def reward(number: int) -> ResponseReturnValue:
    """One reward: what it is, what it costs, where it is fetched, and what may stand in the way."""
    return render_template("rewards/reward.html", **_card(number))


@views.get("/rewards/<int:number>/redeem")
@requires("reward.redeem")
def confirm(number: int) -> ResponseReturnValue:
    """Ask before points are spent, with what will be left of them."""
    card = _card(number)
    if card["card"].obstacle:
        return go(f"/rewards/{number}")
    return render_template("rewards/redeem.html", key=new_id(), **card)


@views.post("/rewards/<int:number>/redeem")
@requires("reward.redeem")
def redeem(number: int) -> ResponseReturnValue:
    """Hold the points and the piece, and give the voucher. A price that has changed is shown and asked anew."""
    found = queries.reward_by_number(number)
    try:
        answer = rewards.service.reserve(
            current_actor(),
            key=form_key(),
            reward_id=found.id,
            version=whole_number(request.form.get("version")) or 0,
            points=whole_number(request.form.get("points")) or 0,
        )
    except DomainError as refusal:
        # By its code: a refusal that is repeated from its receipt has lost its class.
        changed = refusal.code == PriceChanged.code
        flash(sentence(refusal), "warn" if changed else "refuse")
        return go(f"/rewards/{number}/redeem" if changed else f"/rewards/{number}")
    return go(f"/vouchers/{answer.body['redemption_id']}")


@views.post("/rewards/<int:number>/favourite")
@requires("reward.read")
def favourite(number: int) -> ResponseReturnValue:
    """Mark a reward, or take the mark away."""
    found = queries.reward_by_number(number)
    change = rewards.service.mark if request.form.get("marked") == "1" else rewards.service.unmark
    return act(lambda: change(current_actor(), found.id), "", _back(number))


@views.post("/rewards/<int:number>/waiting")
@requires("reward.redeem")
def waiting(number: int) -> ResponseReturnValue:
    """Wait for a reward that is out of stock, or wait no longer."""
    found = queries.reward_by_number(number)
    if request.form.get("waits") == "1":
        done = _("We tell you here as soon as it is back.")
        return act(lambda: rewards.service.wait_for(current_actor(), found.id), done, f"/rewards/{number}")
    done = _("You wait for it no longer.")
    return act(lambda: rewards.service.stop_waiting(current_actor(), found.id), done, f"/rewards/{number}")


@views.post("/rewards/<int:number>/look")
@requires("reward.redeem")
def look(number: int) -> ResponseReturnValue:
    """Look at a reward that is back on the shelf: the news of it has done its work."""
    found = queries.reward_by_number(number)
    return act(lambda: rewards.service.stop_waiting(current_actor(), found.id), "", f"/rewards/{number}")


@views.get("/rewards/pictures/<uuid:picture_id>")
@requires("reward.read")
def picture(picture_id: UUID) -> ResponseReturnValue:
    """An uploaded picture."""
    media_type, content = queries.picture(picture_id)
    headers = {"Cache-Control": _PICTURE_CACHE, "Content-Disposition": "inline"}
    return Response(content, mimetype=media_type, headers=headers)


def _card(number: int) -> dict[str, Any]:
    """What both pages of a reward show."""
    found = queries.reward_by_number(number)
    card = queries.card(own_id(), found.id)
    return {
        "card": card,
        "reward": card.reward,
        "place": words.place(card.merchant_name),
        "waiting": queries.waiting_count(found.id),
    }


def _back(number: int) -> str:
    """The page on which the heart was tapped: the shelf as it was sorted, or the reward."""
    sort, kind = request.form.get("sort"), request.form.get("kind")
    if sort not in SORTS:
        return f"/rewards/{number}"
    return f"/rewards?sort={sort}" + (f"&kind={kind}" if kind in queries.KINDS else "") + f"#reward-{number}"
