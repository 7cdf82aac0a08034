"""A transfer of the ledger in words, for the desk: whose points, from where to where, and where it can be undone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

import members.queries
import merchants.queries
from core.auth import NIL, Actor
from points import words
from points.queries import BookLine

KINDS = {
    "earn": _lazy("Good deed"),
    "spend": _lazy("Put aside"),
    "release": _lazy("Handed over at the police room"),
    "pay": _lazy("Taken by a shop"),
    "expire": _lazy("Expired"),
    "settle": _lazy("Paid out to a shop"),
    "payback": _lazy("Paid back by a shop"),
    "gift": _lazy("Gift between members"),
    "reversal": _lazy("Taken back"),
    "advance": _lazy("Advanced, is owed"),
    "repay": _lazy("Repaid what was owed"),
    "grant": _lazy("Budget granted to a shop"),
    "ungrant": _lazy("Budget taken back"),
    "give": _lazy("Given by a shop"),
}
#: The programme's own accounts.
_ACCOUNTS = {
    "issued": _lazy("Points issued by the alliance"),
    "escrow": _lazy("Put aside"),
    "redeemed": _lazy("Redeemed at the police room"),
    "expired": _lazy("Expired"),
    "settled": _lazy("Paid out in money"),
    "owed": _lazy("Owed"),
}
_UNNAMED = _lazy("Somebody whose data are gone")


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a transfer: what it is called, and where the desk keeps it."""

    name: str
    href: str


def kinds() -> list[tuple[str, str]]:
    """Kinds of transfers to choose from."""
    return [(kind, str(name)) for kind, name in KINDS.items()]


def title(line: BookLine) -> str:
    """What happened, in a few words."""
    if line.rule is not None and line.kind == "reversal":
        return _("Award withdrawn: %(deed)s", deed=words.rule_name(line.rule))
    if line.rule is not None:
        return words.rule_name(line.rule)
    return str(KINDS[line.kind])


def parties(lines: Iterable[BookLine]) -> Callable[[str, UUID], Party]:
    """Who stands behind an account (its kind and owner), for all lines in two questions."""
    owners: dict[str, set[UUID]] = {"member": set(), "merchant": set()}
    for line in lines:
        for kind, owner in ((line.debit_kind, line.debit_owner), (line.credit_kind, line.credit_owner)):
            owners.setdefault("merchant" if kind == "budget" else kind, set()).add(owner)
    people = members.queries.many_facts(owners["member"])
    shops = merchants.queries.many_shops(owners["merchant"])

    def party(kind: str, owner: UUID) -> Party:
        if kind == "member":
            found = people.get(owner)
            name = f"{found.name} {members.queries.spoken_number(found.number)}" if found else str(_UNNAMED)
            return Party(name, f"/desk/members/{owner}" if found else "")
        if kind in {"merchant", "budget"}:
            shop = shops.get(owner)
            name = shop.name if shop else str(_UNNAMED)
            name = _("Budget of %(shop)s", shop=name) if kind == "budget" else name
            return Party(name, f"/desk/shops/{owner}" if shop else "")
        return Party(str(_ACCOUNTS[kind]), "")

    return party


def answerable(lines: Iterable[BookLine]) -> dict[UUID, str]:
    """Names of those who booked; the programme's own runs have none."""
    ids = {line.actor_id for line in lines} - {NIL}
    return {key: facts.name for key, facts in members.queries.many_facts(ids).items()}


def undoing(actor: Actor, line: BookLine) -> tuple[str, str, str]:
    """How this transfer can be undone: a sentence, and the address and name of the place for it (or nothing)."""
    if line.reversed_by is not None:
        return _("It was taken back already."), "", ""
    if line.kind == "earn" and line.credit_kind == "member":
        return _award(actor, line)
    if line.subject_type == "merge":
        told = _("Merged memberships are taken apart on the page of the one that has gone.")
        return told, f"/desk/members/{line.debit_owner}", _("The member's page")
    owner = line.credit_owner if line.credit_kind in {"merchant", "budget"} else line.debit_owner
    shop = f"/desk/shops/{owner}"
    if line.subject_type == "charge" and line.kind == "pay":
        return _("A payment is given back among the shop's payments."), f"{shop}/charges", _("Payments")
    if line.subject_type == "redemption" and line.kind in {"spend", "pay", "release"}:
        told = _("Points go back when an open voucher is called off, or what was handed over is taken back.")
        return told, f"/desk/redemptions/{line.subject_id}", _("The voucher")
    if line.kind == "give":
        return _shop_giving(actor, f"{shop}/gifts", line)
    if line.kind == "earn" and line.subject_type == "shop_deed":
        return _shop_giving(actor, f"{shop}/deeds", line)
    if line.kind in {"grant", "ungrant"}:
        return _("A budget is granted and taken back at the shop."), f"{shop}/budget", _("Budget")
    if line.kind in {"settle", "payback"}:
        told = _("What is paid out is not undone; a refund is taken off the shop's next statement.")
        return told, "/desk/settlements", _("Settlement")
    return _("It follows from other transfers and cannot be undone by itself."), "", ""


def _shop_giving(actor: Actor, place: str, line: BookLine) -> tuple[str, str, str]:
    if not actor.may("award.withdraw"):
        return _("A coordinator can take it back, with a reason."), place, _("The shop's list")
    told = _("It can be taken back, with a reason that both sides can read.")
    return told, f"{place}/{line.subject_id}/withdrawal", _("Take back")


def _award(actor: Actor, line: BookLine) -> tuple[str, str, str]:
    if not line.withdrawable:
        return _("These points have expired; there is nothing left to take back."), "", ""
    if not actor.may("award.withdraw"):
        return _("A coordinator can take it back, with a reason."), "", ""
    told = _("It can be taken back, with a reason that the member can read.")
    return told, f"/desk/transfers/{line.id}/withdrawal", _("Take back")
