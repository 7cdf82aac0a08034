"""The places of the desk in their groups: the one table behind its navigation and its page of all places.

A new place is one line in `TABLE`; its group is where a coordinator would look for it.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.auth import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation. `here`: the page that is being read belongs to it."""

    href: str
    icon: str
    label: Any
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together. `here`: one of them is being read."""

    name: str
    title: Any
    places: tuple[Place, ...]
    here: bool


#: Group, its title, and its places: address, icon, name, permission that opens it.
TABLE: list[tuple[str, Any, list[tuple[str, str, Any, str]]]] = [
    (
        "today",
        _("Daily work"),
        [
            ("/desk", "home", _("Today"), "desk.read"),
            ("/desk/award", "star", _("Award"), "award.give"),
            ("/desk/award/second", "star", _("Awards to agree to"), "award.read"),
            ("/desk/notices", "notice", _("Notices"), "desk.read"),
            ("/desk/hand-over", "gift", _("Hand over"), "voucher.hand_over"),
        ],
    ),
    (
        "people",
        _("Members and squads"),
        [
            ("/desk/members", "people", _("Members"), "member.read"),
            ("/desk/members/import", "queue", _("Members from a file"), "member.read"),
            ("/desk/applications", "plus", _("Applications"), "member.read"),
            ("/desk/counter", "desk", _("Card and PIN"), "member.manage"),
            ("/desk/lost", "phone", _("Lost card, new phone"), "member.manage"),
            ("/desk/members/duplicates", "people", _("Registered twice?"), "member.read"),
            ("/desk/members/dormant", "clock", _("Long unseen"), "member.read"),
            ("/desk/members/helped", "heart", _("Helpers"), "member.read"),
            ("/desk/cards", "card", _("Member cards"), "card.issue"),
            ("/desk/squads", "badge", _("Squads and areas"), "squad.read"),
            ("/desk/devices", "device", _("Devices"), "desk.read"),
        ],
    ),
    (
        "patrols",
        _("Patrols and activities"),
        [
            ("/desk/rounds", "walk", _("Rounds"), "desk.read"),
            ("/desk/scans", "scan", _("Refused scans"), "member.read"),
            ("/desk/activities", "calendar", _("Activities"), "activity.read"),
            ("/desk/campaigns", "flag", _("Campaigns"), "activity.read"),
            ("/desk/routes", "route", _("Routes"), "place.read"),
            ("/desk/checkpoints", "plate", _("Checkpoints and plates"), "place.read"),
        ],
    ),
    (
        "reports",
        _("Reports and services"),
        [
            ("/desk/reports", "flag", _("Reports"), "report.read"),
            ("/desk/homes", "home", _("Rented homes"), "home.read"),
            ("/desk/bills", "ledger", _("Bills"), "bill.read"),
        ],
    ),
    (
        "honours",
        _("Points and honours"),
        [
            ("/desk/tariff", "ledger", _("Tariff"), "tariff.audit"),
            ("/desk/letters", "heart", _("Letters of encouragement"), "letter.read"),
            ("/desk/honours", "star", _("Titles of honour"), "letter.read"),
            ("/wall", "board", _("Wall display"), "wall.read"),
        ],
    ),
    (
        "shops",
        _("Shops and rewards"),
        [
            ("/desk/rewards", "gift", _("Rewards"), "stock.read"),
            ("/desk/redemptions", "check", _("Rewards handed over"), "stock.read"),
            ("/desk/shops", "shop", _("Shops"), "shop.audit"),
            ("/desk/settlements", "ledger", _("Settlement"), "settlement.read"),
        ],
    ),
    (
        "books",
        _("Books"),
        [
            ("/desk/ledger", "ledger", _("Ledger"), "ledger.read"),
            ("/desk/month", "calendar", _("Monthly report"), "ledger.read"),
            ("/desk/goals", "flag", _("Goals"), "goal.read"),
            ("/desk/audit", "shield", _("Audit log"), "audit.read"),
        ],
    ),
]


def groups(actor: Actor, path: str) -> list[Group]:
    """What the actor may open, group by group; the place that `path` belongs to is marked, with its group.

    A page belongs to the place with the longest address that it begins with; "/desk" is no other page's beginning.
    """
    table = [(name, title, [row for row in rows if actor.may(row[3])]) for name, title, rows in TABLE]
    addresses = [row[0] for _name, _title, rows in table for row in rows]
    fitting = [
        each for each in addresses if path == each or (each != "/desk" and path.startswith(f"{each}/"))
    ]
    here = max(fitting, key=len, default=None)
    return [
        Group(
            name,
            title,
            tuple(Place(href, icon, label, href == here) for href, icon, label, _permission in rows),
            any(row[0] == here for row in rows),
        )
        for name, title, rows in table
        if rows
    ]
