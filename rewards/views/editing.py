"""The desk's pages where a reward is made or changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

import merchants.queries
import rewards.service
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, form_key, go, identifier, sentence, show_again, whole_number
from merchants.queries import ShopFacts
from rewards import queries, rules
from rewards.errors import RewardInvalid, ShopUnclear
from rewards.forms import RewardForm
from rewards.queries import RewardFacts
from rewards.service import RewardWish
from rewards.views import words
from rewards.views.blueprint import views

_DAY = timedelta(days=1)
_PARTNERS = ("active",)
#: Out of more shops none is chosen by looking through their names.
MOST_SHOPS_TO_CHOOSE = 100


@views.get("/desk/rewards/new")
@requires("reward.manage")
def new_reward() -> ResponseReturnValue:
    """Make a reward."""
    return render_template("rewards/desk_reward_form.html", form=_form(None), reward=None)


@views.post("/desk/rewards/new")
@requires("reward.manage")
def create_reward() -> ResponseReturnValue:
    """Make a reward; it is in preparation until it is offered."""
    form = _form(None)
    try:
        answer = rewards.service.create_reward(
            current_actor(),
            key=form_key(),
            wish=_wish(form),
            stock=_number(form, "stock"),
            merchant_id=_merchant(form),
        )
    except DomainError as refusal:
        return show_again("rewards/desk_reward_form.html", form, refusal, reward=None)
    reward_id = UUID(answer.body["reward_id"])
    flash(_("The reward is there. Look at it once more, then put it on the shelf."), "ok")
    _put_picture(reward_id)
    return go(f"/desk/rewards/{reward_id}")


@views.get("/desk/rewards/<uuid:reward_id>/edit")
@requires("reward.manage")
def edit_reward(reward_id: UUID) -> ResponseReturnValue:
    """Change a reward."""
    found = queries.reward(reward_id)
    return render_template("rewards/desk_reward_form.html", form=_form(found), reward=found)


@views.post("/desk/rewards/<uuid:reward_id>/edit")
@requires("reward.manage")
def change_reward(reward_id: UUID) -> ResponseReturnValue:
    """Keep what was changed. Members are asked anew if price or terms are others."""
    found = queries.reward(reward_id)
    form = _form(found)
    try:
        version = whole_number(form.version.data) or 0
        rewards.service.change_reward(current_actor(), reward_id, version=version, wish=_wish(form))
    except DomainError as refusal:
        form.version.data = str(found.version)
        return show_again("rewards/desk_reward_form.html", form, refusal, reward=found)
    flash(_("Saved"), "ok")
    _put_picture(reward_id)
    return go(f"/desk/rewards/{reward_id}")


@views.post("/desk/rewards/<uuid:reward_id>/picture")
@requires("reward.manage")
def remove_picture(reward_id: UUID) -> ResponseReturnValue:
    """Show the drawn picture again in place of the photo."""
    return act(
        lambda: rewards.service.remove_picture(current_actor(), reward_id),
        _("Saved"),
        f"/desk/rewards/{reward_id}",
    )


def _put_picture(reward_id: UUID) -> None:
    """Keep an uploaded picture. What is wrong with it is said, and the rest is kept all the same."""
    upload = request.files.get("picture")
    content = upload.read() if upload else b""
    if not content:
        return
    try:
        rewards.service.put_picture(current_actor(), reward_id, content)
    except DomainError as refusal:
        flash(sentence(refusal), "refuse")


def _form(found: RewardFacts | None) -> RewardForm:
    # A form without any field would be filled from the reward, with values of other types than typed ones.
    form = RewardForm(obj=found if request.form or request.method != "POST" else None)
    form.kind.choices = words.options(words.KINDS)
    form.quota_period.choices = words.options(words.QUOTA_PERIODS)
    form.merchant_id.choices = _shops() if found is None else None
    if not form.is_submitted():
        form.key.data = str(new_id())
        form.voucher_hours.data = str(
            found.voucher_hours if found else rules.VOUCHER_LIFE // timedelta(hours=1)
        )
        if found:
            form.offered_from.data = found.offered_from.isoformat() if found.offered_from else ""
            form.offered_until.data = (found.offered_until - _DAY).isoformat() if found.offered_until else ""
    return form


def _shops() -> list[SelectChoice] | None:
    """All shops that may offer something, by trade, to choose from; None for more than anybody would look through."""
    page = merchants.queries.desk_list(statuses=_PARTNERS, limit=MOST_SHOPS_TO_CHOOSE)
    if page.next is not None:
        return None
    shops = (SelectChoice(str(each.id), each.name) for each in page.items)
    return [SelectChoice("", _("the police room")), *shops]


def _merchant(form: RewardForm) -> UUID | None:
    """The shop that was chosen, or named by its number or its name; None for the police room.

    Raises `ShopUnclear` when no shop is meant, or several are.
    """
    text = (form.merchant_id.data or "").strip()
    if not text:
        return None
    chosen = identifier(text)
    if chosen is not None:
        return chosen
    number = whole_number(text)
    found: Sequence[ShopFacts]
    if number is not None:
        found = [merchants.queries.shop_by_number(number)]
    else:
        found = merchants.queries.desk_list(statuses=_PARTNERS, text=text).items
    # Words are looked for in addresses and offers, too: of several shops the one of this name is meant.
    named = [each for each in found if text in (each.name, each.name_en)] or found
    if len(named) != 1 or named[0].status not in _PARTNERS:
        raise ShopUnclear(field="merchant_id")
    return named[0].id


def _wish(form: RewardForm) -> RewardWish:
    last_day = _day(form, "offered_until")
    return RewardWish(
        name_zh=form.name_zh.data or "",
        name_en=form.name_en.data or "",
        about_zh=form.about_zh.data or "",
        about_en=form.about_en.data or "",
        kind=form.kind.data or "",
        points=_number(form, "points") or 0,
        low_stock=_number(form, "low_stock") or 0,
        quota=_number(form, "quota"),
        quota_period=form.quota_period.data or "",
        voucher_hours=_number(form, "voucher_hours") or 0,
        offered_from=_day(form, "offered_from"),
        offered_until=last_day + _DAY if last_day else None,
        drawing=form.drawing.data or "",
    )


def _number(form: RewardForm, name: str) -> int | None:
    """The whole number in a field, None when it was left empty. Raises `RewardInvalid` for anything else."""
    typed: Any = (form[name].data or "").strip()
    number = whole_number(typed)
    if typed and number is None:
        raise RewardInvalid(field=name, reason="number")
    return number


def _day(form: RewardForm, name: str) -> date | None:
    """The day in a field, None when it was left empty. Raises `RewardInvalid` for what is no day."""
    typed: Any = (form[name].data or "").strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise RewardInvalid(field=name, reason="day") from None
