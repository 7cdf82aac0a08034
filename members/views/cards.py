"""Printing member cards."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import members.service
from core.auth import current_actor, requires
from core.pages import go, identifier
from core.qr import draw_png, draw_svg
from members import queries
from members.errors import CardMissing
from members.views.blueprint import squad_choices, views

#: Cards in one print: twenty sheets.
MOST_CARDS = 200


@views.get("/desk/cards")
@requires("card.issue")
def card_choice() -> ResponseReturnValue:
    """Whose cards to print."""
    return render_template("members/desk_cards.html", squads=squad_choices()[1:])


@views.post("/desk/cards")
@requires("card.issue")
def issue_cards() -> ResponseReturnValue:
    """Issue cards to those of a squad who have no valid one, then show the print page."""
    squad_id = identifier(request.form.get("squad_id"))
    if squad_id is None:
        flash(_("Choose a squad first."), "warn")
        return go("/desk/cards")
    ids = _of_squad(squad_id)
    members.service.issue_missing_cards(current_actor(), ids)
    return card_sheets(ids)


def _of_squad(squad_id: UUID) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while len(found) < MOST_CARDS:
        page = queries.search(squad_id=squad_id, cursor=cursor, limit=100)
        found += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    return found[:MOST_CARDS]


@views.post("/desk/cards/print")
@requires("card.issue")
def print_cards() -> ResponseReturnValue:
    """Cards of chosen members on A4. A POST, because who printed which cards is written down."""
    chosen = [each for text in request.form.getlist("member_id")[:MOST_CARDS] if (each := identifier(text))]
    return card_sheets(chosen)


def card_sheets(ids: Sequence[UUID]) -> str:
    """The page with the valid cards of these members, ten a sheet; written down as printed."""
    cards = [
        (card, draw_svg(card.address, "Q", _("Member card")))
        for card in members.service.print_cards(current_actor(), ids)
    ]
    sheets = [cards[start : start + 10] for start in range(0, len(cards), 10)]
    return render_template("members/print_cards.html", sheets=sheets)


@views.post("/desk/cards/<uuid:member_id>.png")
@requires("card.issue")
def card_picture(member_id: UUID) -> ResponseReturnValue:
    """The code of a member's card as a picture, for cards that a printer of plastic cards makes."""
    found = members.service.print_cards(current_actor(), [member_id])
    if not found:
        raise CardMissing
    name = f"card-{queries.facts(member_id).number}.png"
    return Response(
        draw_png(found[0].address, "Q"),
        mimetype="image/png",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
