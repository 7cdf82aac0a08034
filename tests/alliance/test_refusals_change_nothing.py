"""Bad input is refused with its code, and the whole database is as before but for the note of the refusal."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask

import members.service
import patrols.service
from core import clock as core_clock
from core import codes
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.codes import Kind
from core.config import settings
from core.db import db, new_id
from core.receipts import Receipt
from tests.support import members_builders as people
from tests.support import merchants_builders as shops
from tests.support import patrols_builders as patrol

SCANS, PAYMENTS = "/api/v1/scans", "/api/v1/me/payments"
Rows = dict[str, list[str]]
#: How many rows a refused scan adds to which tables.
NOTE = {"receipt": 1, "refused_scan": 1}
#: Refusals that leave another note: what says nothing about the code, and what was never a new request.
NOTED = {"permission_missing": {"receipt": 1}, "member_on_leave": {"receipt": 1}, "key_reused": {}}
#: Person, address and body of a request, by the refusal's code and name; None as a scan's id stands for a new one.
Wish = tuple[str, str, dict[str, Any]]


def rows() -> Rows:
    """All rows of all tables."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"')))
            for name in db.metadata.tables
        }


def changes(before: Rows, after: Rows) -> dict[str, int]:
    """Table → how many rows more, of those in which anything is different; earlier rows must all be there still."""
    found = {}
    for table in before:
        if before[table] != after[table]:
            assert set(before[table]) <= set(after[table]), f"{table} has lost or changed what stood in it"
            found[table] = len(after[table]) - len(before[table])
    return found


class Office:
    """A street, five people, and what they send."""

    def __init__(self, app: Flask) -> None:
        patrol.tariff()
        self.street = patrol.street(2, cooldown_minutes=60, name="夜线")
        early = (patrol.checkpoint("凌晨点", 30),)
        self.closed = patrol.street(1, opens_at=60, closes_at=120, name="凌晨线", checkpoints=early)
        cast = {
            "member": people.member("王小芳"),
            "resident": people.member("李居民", "resident"),
            "resting": people.member("赵休息"),
            "desk": people.member("陈主任", "administrator"),
        }
        self.other, self.shop = people.member("钱他人"), shops.a_shop()
        members.service.take_leave(SYSTEM, cast["resting"].id, None)
        self.old = self.street.plate(1)
        patrols.service.reprint_plate(people.actor(cast["desk"]), self.street.checkpoints[0], generation=1)
        self.clients = {}
        for kind, found in cast.items():
            client = app.test_client()
            people.sign_in(client, found)
            self.clients[kind] = client, client.get("/api/v1/session").get_json()["csrf_token"]
        self.first = {"scan_id": str(new_id()), "code": self.street.plate(1).text}
        assert self.send("member", SCANS, self.first).status_code == 201

    def send(self, kind: str, address: str, body: dict[str, Any]) -> Any:
        """The answer to a body of JSON."""
        client, token = self.clients[kind]
        return client.post(address, json=body, headers={"X-CSRF-Token": token, "Accept-Language": "en"})


def scans(office: Office) -> dict[str, Wish]:
    """Codes that count for nothing, or not for whom they are scanned by."""
    ring, plate = codes.keyring(settings()), office.street.plate(2).text
    tomorrow = (core_clock.now() + timedelta(days=1)).isoformat()
    phone = codes.phone_code(ring, office.other.number, core_clock.now() - timedelta(minutes=5))
    nobodys = codes.printed_code(ring, Kind.CHECKPOINT, new_id(), 1)
    wishes: dict[str, tuple[str, dict[str, Any]]] = {
        "checkpoint_unknown: a plate of nowhere": ("member", {"code": nobodys.text}),
        "code_malformed: no code": ("member", {"code": "hello"}),
        "code_mistyped: a mistyped code": ("member", {"code": "C2222222222223"}),
        "plate_replaced: a plate that was replaced": ("member", {"code": office.old.text}),
        "code_foreign: somebody else's address": (
            "member",
            {"code": "https://evil.example/q/C2222222222222"},
        ),
        "code_too_long: a code of 7 kB": ("member", {"code": "C" * 7000}),
        "code_expired: a phone's code of before": ("desk", {"code": phone.text, "rule_code": "care"}),
        "permission_missing: a resident on patrol": ("resident", {"code": plate}),
        "already_visited: the same plate again": ("member", {"code": office.street.plate(1).text}),
        "key_reused: another plate with a used key": (
            "member",
            {"scan_id": office.first["scan_id"], "code": plate},
        ),
        "clock_wrong: a clock a day ahead": ("member", {"code": plate, "scanned_at": tomorrow}),
        "outside_hours: outside of the hours": ("desk", {"code": office.closed.plate(1).text}),
        "member_on_leave: somebody on leave": ("resting", {"code": plate}),
        "member_code_for_staff: a member's card at a member's hands": (
            "member",
            {"code": people.card(office.other).text},
        ),
    }
    return {name: (kind, SCANS, {"scan_id": None} | body) for name, (kind, body) in wishes.items()}


def forms(plate: str) -> dict[str, Wish]:
    """Names that cannot be written and amounts that are none."""
    found: dict[str, Wish] = {}
    names = {
        "nothing": "王\x00",
        "the other way round": "王\u202e芳",
        "half a sign": "\ud800",
        "endless": "王" * 10_000,
    }
    for name, text in names.items():
        code = "invalid_input" if name == "endless" else "name_invalid"
        found[f"{code}: member, {name}"] = ("desk", "/api/v1/members", {"name": text, "key": None})
        squad = {"name": text, "kind": "patrol", "crest_color": "red", "key": None}
        found[f"{code}: squad, {name}"] = ("desk", "/api/v1/squads", squad)
    rule = {"code": "odd", "name_zh": "怪", "name_en": "Odd", "category": "other", "valid_from": "2026-11-18"}
    for amount in (0, -1, 1.5, 1e9, "１２", 2**63, True):
        code = "amount_invalid" if type(amount) is int else "invalid_input"
        payment = {"points": amount, "code": plate, "key": None}
        found[f"{code}: payment of {amount!r}"] = ("member", PAYMENTS, payment)
        found[f"invalid_input: rule worth {amount!r}"] = (
            "desk",
            "/api/v1/tariff",
            {**rule, "points": amount},
        )
    return found


def test_whatever_is_refused_changes_nothing_but_the_note_of_the_refusal(app: Flask, clock: FrozenClock):
    office = Office(app)
    wishes = scans(office) | forms(shops.plate_of(office.shop).text)
    before, findings = rows(), []
    for name, (kind, address, body) in wishes.items():
        sent = {key: str(uuid4()) if value is None else value for key, value in body.items()}
        answer = office.send(kind, address, sent)
        code = answer.get_json(force=True)["code"]
        if not (400 <= answer.status_code < 500 and name.startswith(f"{code}: ")):
            findings.append(f"{name}: answered {answer.status_code} {code}")
        changed = changes(before, after := rows())
        if changed != NOTED.get(code, NOTE if address == SCANS else {}):
            findings.append(f"{name}: changes {changed}")
        before = after
    assert findings == []
    db.session.rollback()
    noted = set(db.session.scalars(sa.select(Receipt.outcome).where(Receipt.outcome != "done")))
    assert noted == {
        name.partition(":")[0] for name, (_, address, _) in wishes.items() if address == SCANS
    } - {"key_reused"}
    # The control: what is not refused is seen.
    taken = {"scan_id": str(uuid4()), "code": office.street.plate(2).text}
    assert office.send("member", SCANS, taken).status_code == 201
    assert rows()["visit"] != before["visit"]
