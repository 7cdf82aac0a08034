"""What is asked at the desk: every list and page that the application's own table of addresses has.

A new page below /desk and a new list of the interface are asked without anybody naming them here. Whoever adds a
parameter, a search or a filter says in `PARAMETERS` or `ASKED` what to ask for; an unknown parameter stops the bench.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from bench.desk_data import SUPERMARKET, WALKER, identifier
from core import clock
from members.rules import read_number

#: Lists that members read, too, and that grow with the alliance.
OPEN_LISTS = (
    "/awards",
    "/leaderboard",
    "/leaderboard/members",
    "/shops",
    "/rewards",
    "/tariff",
    "/activities",
    "/honours",
)
#: Below /api/v1: what concerns the one who asks, and answers that are about a code and no list.
OWN = re.compile(r"/api/v1/(me|session|counter)\b|/api/v1/letters/check|/code$")
#: Pictures, papers and workbooks: made on demand, measured apart. So is the month, which is a report and no list.
PAPERS = re.compile(
    r"\.(png|pdf|xlsx|csv)\b|<any|/cards/print|/plates$|/shops/plates|/pick-list|/month|/export|/print"
)
#: What a page's address is made of, by the parameter's name.
PARAMETERS: dict[str, Any] = {
    "member_id": identifier("member", WALKER),
    "area_id": identifier("area", 125),
    "squad_id": identifier("squad", 5),
    "merchant_id": identifier("shop", SUPERMARKET),
    "transfer_id": identifier("transfer", 77),
    "checkpoint_id": identifier("checkpoint", 7),
    "route_id": identifier("route", 7),
    "round_id": identifier("round", 7),
    "report_id": identifier("report", 7),
    "reward_id": identifier("reward", 7),
    "redemption_id": identifier("redemption", 7),
    "request_id": identifier("request", 7),
    "proposal_id": identifier("proposal", 7),
    "letter_id": identifier("letter", 7),
    "settlement_id": identifier("settlement", SUPERMARKET),
    "charge_id": identifier("charge", 5),
    "offer_id": identifier("offer", 1),
    "gift_id": identifier("gift", SUPERMARKET),
    "deed_id": identifier("deed", SUPERMARKET),
    "number": 7,
    "campaign_id": identifier("campaign", 1),
    "import_id": identifier("import", 1),
    "notice_id": identifier("notice", 399),
    "code": "patrol",
    "trade_code": "hairdresser",
    "kind": "xlsx",
}
#: Parameters that mean something else below an address.
ELSEWHERE: dict[str, dict[str, Any]] = {
    "/clerks/": {"member_id": identifier("member", 201)},
    "/withdrawal": {"transfer_id": identifier("gift", 77)},
}
#: How many pages on a page "in the middle" is.
PAGES_ON = 10


@dataclass(frozen=True)
class Question:
    """One address to ask. `paper`: no list, and not held to the limit of lists."""

    rule: str
    address: str
    paper: bool = False


def questions(app: Flask, client: FlaskClient, only: str = "") -> Iterator[Question]:
    """All addresses that contain `only`: first pages, pages in the middle, searches and filters."""
    more = searches(of_the_bench())
    # All of them before the first is asked: what is missing stops the bench at once.
    for question in first_pages(app):
        rule, address, paper = question.rule, question.address, question.paper
        if only not in address:
            continue
        yield question
        for query in more.pop(rule, ()):
            yield Question(rule, f"{address}?{urlencode(query)}", paper)
        middle = None if paper else _middle(client, address)
        if middle is not None:
            yield Question(rule, middle)
    if more and not only:
        print(f"  not there: {', '.join(more)}")


def first_pages(app: Flask) -> list[Question]:
    """Each address once, without a search. Raises `LookupError` for a parameter that nothing here knows."""
    rules = sorted((each for each in app.url_map.iter_rules() if _asked(each)), key=lambda each: each.rule)
    return [Question(each.rule, _address(app, each), bool(PAPERS.search(each.rule))) for each in rules]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is there to be searched for: ids, and words that somebody at the desk would type."""

    surname: str
    name: str
    number: str
    phone: str
    address: str
    area: UUID
    squad: UUID
    shop: UUID
    member: UUID
    transfer: UUID
    audited: UUID
    refused: UUID


def of_the_bench() -> Known:
    """What the bench's own rows hold."""
    number = next(n for n in range(1_000_100, 1_000_200) if read_number(str(n)))
    return Known(
        surname="王",
        name="王芳",
        number=str(number),
        phone="13000000102",
        address="花园小区77",
        area=identifier("area", 125),
        squad=identifier("squad", 5),
        shop=identifier("shop", SUPERMARKET),
        member=identifier("member", WALKER),
        transfer=identifier("transfer", 77),
        audited=identifier("member", 58),
        refused=identifier("scan", 7),
    )


def searches(known: Known) -> dict[str, list[dict[str, Any]]]:
    """By address: what else is asked there."""
    today = clock.today()
    number, area, squad, shop = known.number, known.area, known.squad, known.shop
    surname, walker, refused = known.surname, known.member, known.refused
    long_ago, lately = today - timedelta(days=700), today - timedelta(days=2)
    members: list[dict[str, Any]] = [
        {"q": surname}, {"q": known.name}, {"q": "欧阳"}, {"q": number}, {"q": known.phone}, {"squad_id": squad}, {"area_id": area},
        *({"status": each} for each in ("active", "applied", "on_leave", "suspended", "left")),
        {"q": surname, "status": "suspended", "squad_id": squad}, {"status": "applied", "area_id": area}, {"q": "林", "area_id": area, "status": "left"},
    ]  # fmt: skip
    ledger: list[dict[str, Any]] = [
        {"kind": "settle"}, {"kind": "reversal"}, {"amount": 777}, {"first": long_ago, "last": long_ago}, {"first": lately, "last": today},
        {"kind": "expire", "amount": 999, "first": long_ago},
    ]  # fmt: skip
    return {
        "/desk/members": members,
        "/api/v1/members": members,
        "/desk/cards": [{"q": surname}, {"squad_id": squad}],
        "/desk/ledger": [
            *ledger, {"q": known.name}, {"q": number}, {"q": "00000006"}, {"q": known.transfer.hex}, {"account": walker},
            {"account": shop}, {"account": shop, "kind": "reversal"}, {"account": walker, "amount": 777},
        ],
        "/api/v1/ledger/transfers": [*ledger, {"account_id": walker}, {"account_id": shop}],
        "/desk/audit": [{"subject_id": known.audited}],
        "/api/v1/audit": [{"subject_id": known.audited}],
        "/desk/award": [{"q": surname}, {"q": number}],
        "/desk/reports": [{"tab": each} for each in ("new", "mine", "overdue", "recheck", "open", "closed")]
        + [{"tab": "closed", "kind": "scam"}, {"tab": "closed", "area_id": area}, {"tab": "open", "kind": "hazard", "area_id": area}],
        "/api/v1/reports": [{"tab": "closed"}, {"tab": "overdue"}, {"tab": "closed", "kind": "scam", "area_id": area}],
        "/desk/homes": [{"q": known.address}, {"q": "没有的"}, {"area_id": area}],
        "/api/v1/homes": [{"q": known.address}, {"area_id": area}],
        "/desk/rounds": [{"list": each} for each in ("held", "overdue", "open", "today", "all", "ended")],
        "/api/v1/rounds": [{"squad_id": squad}, {"state": "held"}],
        "/desk/scans": [{"q": number}, {"q": surname}, {"reason": "code_unknown"}, {"member": walker}, {"member": walker, "reason": "cooldown"},
            {"code_of": refused}, {"phone_of": refused}],
        "/api/v1/scans/refused": [{"reason": "code_unknown"}, {"member_id": walker}, {"code_of": refused}, {"phone_of": refused}],
        "/desk/shops": [{"q": surname}, {"q": "没有的"}, {"status": "applied"}, {"status": "left"}, {"area_id": area}],
        "/api/v1/shops": [{"q": surname}, {"area_id": area}],
        "/desk/settlements": [{"month": f"{(today.replace(day=1) - timedelta(days=1)):%Y-%m}"}, {"state": "draft"}],
        "/api/v1/settlements": [{"state": "draft"}, {"merchant_id": shop}],
        "/desk/letters": [{"q": surname}, {"member_id": walker}],
        "/desk/letters/new": [{"q": surname}, {"member_id": walker}],
        "/api/v1/letters": [{"member_id": walker}],
        "/desk/shops/<uuid:merchant_id>/charges": [{"day": lately}, {"first": long_ago, "last": today}],
        "/leaderboard": [{"season": "all"}, {"season": "year", "by": "head"}],
        "/leaderboard/members": [{"season": "all"}],
        "/api/v1/leaderboards/squads": [{"season": "all"}],
        "/api/v1/leaderboards/members": [{"season": "all", "squad_id": squad}],
        "/shops": [{"q": surname}, {"area_id": area}],
        "/rewards": [{"sort": "affordable"}, {"kind": "goods"}],
    }  # fmt: skip


def _asked(rule: Rule) -> bool:
    if "GET" not in (rule.methods or ()):
        return False
    path = rule.rule
    staff = path == "/desk" or path.startswith("/desk/")
    return staff or path in OPEN_LISTS or (path.startswith("/api/v1/") and not OWN.search(path))


def _address(app: Flask, rule: Rule) -> str:
    values = {}
    for name in rule.arguments:
        found = next(
            (each[name] for part, each in ELSEWHERE.items() if part in rule.rule and name in each), None
        )
        if name == "month":
            found = f"{(clock.today().replace(day=1) - timedelta(days=1)):%Y-%m}"
        if found is None and name not in PARAMETERS:
            raise SystemExit(
                f"bench/desk_routes.py does not know what {name} is in {rule.rule}: add it to PARAMETERS"
            )
        values[name] = PARAMETERS[name] if found is None else found
    with app.test_request_context():
        return url_for(rule.endpoint, **values)


def _middle(client: FlaskClient, address: str) -> str | None:
    """The address of the page `PAGES_ON` pages on, or of the last one before; None when there is only one."""
    found = None
    for _ in range(PAGES_ON):
        answer = client.get(found or address)
        if answer.is_json:
            cursor = answer.json.get("next") if isinstance(answer.json, dict) else None
            onward = f"{address}?{urlencode({'cursor': cursor})}" if cursor else None
        else:
            links = [
                unescape(each)
                for each in re.findall(r'href="([^"]*[?&]cursor=[^"]+)"', answer.get_data(as_text=True))
            ]
            onward = f"{address}{links[-1][links[-1].index('?') :]}" if links else None
        if onward is None or onward == found:
            return found
        found = onward
    return found
