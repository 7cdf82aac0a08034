"""The desk's pages about stock: what lies on the shelf, what came in or broke, and what to lay ready."""

from typing import Any
from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import rewards.service
from core import clock
from core.auth import current_actor, requires
from core.db import new_id
from core.errors import DomainError
from core.pages import act, go, identifier, show_again, whole_number
from rewards import queries, rules
from rewards.errors import CountInvalid
from rewards.forms import StockForm
from rewards.queries import shops
from rewards.views import words
from rewards.views.blueprint import views

#: Ways in which stock changes by hand.
MOVES = ("receive", "damage", "count")


@views.get("/desk/rewards")
@requires("stock.read")
def stock_list() -> ResponseReturnValue:
    """What lies on the shelf, what is held, what runs low."""
    which = request.args.get("list")
    which = which if which in rules.STATUSES else rules.OFFERED
    cursor = request.args.get("cursor") or None
    return render_template(
        "rewards/desk_rewards.html",
        page=queries.stock_list(status=which, cursor=cursor),
        low=[words.name(line.reward) for line in queries.stock_list(low=True).items],
        which=which,
        first=bool(cursor),
    )


@views.get("/desk/rewards/<uuid:reward_id>")
@requires("stock.read")
def stock(reward_id: UUID) -> ResponseReturnValue:
    """One reward at the desk: its figures, its stock with the journal, and whether it is on the shelf."""
    return render_template("rewards/desk_reward.html", forms=_forms(), **_desk_reward(reward_id))


@views.post("/desk/rewards/<uuid:reward_id>/stock/<any(receive, damage, count):move>")
@requires("reward.manage")
def move_stock(reward_id: UUID, move: str) -> ResponseReturnValue:
    """Write down pieces that came in, broke, or were counted."""
    forms = _forms()
    form = forms[move]
    work = {
        "receive": rewards.service.receive_stock,
        "damage": rewards.service.damage_stock,
        "count": rewards.service.count_stock,
    }[move]
    try:
        count = whole_number(form.count.data)
        if count is None:
            raise CountInvalid(field="count", reason="number", least=0, most=rules.LARGEST_STOCK)
        key = identifier(form.key.data) or new_id()
        work(current_actor(), key=key, reward_id=reward_id, count=count, note=form.note.data or "")
    except DomainError as refusal:
        context = _desk_reward(reward_id)
        return show_again("rewards/desk_reward.html", form, refusal, forms=forms, **context)
    flash(_("Written into the journal."), "ok")
    return go(f"/desk/rewards/{reward_id}")


@views.post("/desk/rewards/<uuid:reward_id>/status")
@requires("reward.manage")
def change_status(reward_id: UUID) -> ResponseReturnValue:
    """Put a reward on the shelf, or take it off."""
    if request.form.get("offered") == "1":
        done = _("It is on the shelf now.")
        return act(
            lambda: rewards.service.offer_reward(current_actor(), reward_id),
            done,
            f"/desk/rewards/{reward_id}",
        )
    done = _("It is off the shelf. Open vouchers can still be fetched.")
    return act(
        lambda: rewards.service.retire_reward(current_actor(), reward_id), done, f"/desk/rewards/{reward_id}"
    )


@views.get("/desk/rewards/pick-list")
@requires("stock.read")
def pick_list() -> ResponseReturnValue:
    """On paper: what to take off the shelf for open vouchers. Names are masked: it lies open on a counter."""
    cursor = request.args.get("cursor") or None
    page = queries.pick_list(cursor=cursor)
    return render_template(
        "rewards/pick_list.html", page=page, first=bool(cursor), now=clock.now(), back="/desk/rewards"
    )


def _forms() -> dict[str, StockForm]:
    """One form for each way, all on one page; only the one that was sent is filled in."""
    forms = {move: StockForm(prefix=move) for move in MOVES}
    for form in forms.values():
        form.key.data = form.key.data or str(new_id())
    return forms


def _desk_reward(reward_id: UUID) -> dict[str, Any]:
    cursor = request.args.get("cursor") or None
    found = queries.reward(reward_id)
    return {
        "reward": found,
        "place": words.place(shops.name(found.merchant_id)),
        "movements": queries.movements(reward_id, cursor=cursor),
        "first": bool(cursor),
        "waiting": queries.waiting_count(reward_id),
    }
