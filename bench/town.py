"""A town to measure in: squads, members, one-point duty routes, and the signed sessions of the members' phones."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from core import clock, codes
from core.config import settings
from core.db import db, new_id, transaction
from members.models import Member, MemberRole, Squad
from patrols.models import Checkpoint, Round, RoundMember, Route, RouteCheckpoint, Visit
from patrols.rules import values
from points.models import Account, TariffRule

SQUADS = 50
PLATES = 20


@dataclass(frozen=True)
class Town:
    """What a load generator must know: who scans (with a session each), and the codes on the walls."""

    members: list[UUID]
    cookies: list[str]
    forgery_token: str
    plates: list[str]
    known: frozenset[str]


def build(app: Flask, members: int) -> Town:
    """Fill an empty database with `members` active volunteers; a scan of any plate is a whole round and pays 2."""
    with app.app_context():
        now, keys = clock.now(), codes.keyring(settings())
        squad_ids = [new_id() for _ in range(SQUADS)]
        member_ids = [new_id() for _ in range(members)]
        rule_id, plates = new_id(), []
        with transaction():
            _add(Squad, [_squad(n, squad_id) for n, squad_id in enumerate(squad_ids)])
            _add(Member, [_member(n, each, squad_ids[n % SQUADS], now) for n, each in enumerate(member_ids)])
            _add(MemberRole, [{"member_id": each, "role": "volunteer"} for each in member_ids])
            _add(
                Account, [{"id": each, "kind": "member", "owner_id": each, "owed": 0} for each in member_ids]
            )
            _add(TariffRule, [_rule(rule_id, now)])
            for n in range(PLATES):
                checkpoint_id, route_id = new_id(), new_id()
                code = codes.printed_code(keys, codes.Kind.CHECKPOINT, checkpoint_id, 1)
                plates.append((checkpoint_id, route_id, code.text))
                digest = codes.digest(keys, code)
                _add(
                    Checkpoint,
                    [{"id": checkpoint_id, "number": n + 1, "name": f"岗亭{n}", "code_digest": digest}],
                )
                _add(Route, [_route(n, route_id)])
                _add(RouteCheckpoint, [{"route_id": route_id, "position": 1, "checkpoint_id": checkpoint_id}])
        known = {
            each.hex for each in (*squad_ids, rule_id, *(part for plate in plates for part in plate[:2]))
        }
        known |= {each.id.hex for each in db.session.query(Account).filter(Account.kind != "member")}
        cookies, token = _sessions(app, member_ids)
        return Town(member_ids, cookies, token, [plate[2] for plate in plates], frozenset(known))


def add_past(app: Flask, town: Town, rounds_each: int) -> None:
    """Rounds that every member walked in the last year, one a week and a half, with the phone of that day.

    What a scan costs must not depend on how many there were before: an empty town would hide it.
    """
    with app.app_context():
        routes = db.session.execute(
            db.select(RouteCheckpoint.route_id, RouteCheckpoint.checkpoint_id).order_by(
                RouteCheckpoint.route_id
            )
        ).all()
        squads = dict(db.session.execute(db.select(Member.id, Member.squad_id)).tuples().all())
        for past in range(1, rounds_each + 1):
            day = clock.now() - timedelta(days=10 * past)
            walks = [(member_id, *routes[n % len(routes)]) for n, member_id in enumerate(town.members)]
            ids = [new_id() for _ in walks]
            phones = [sha256(f"{past}-{n}".encode()).hexdigest()[:32] for n in range(len(walks))]
            with transaction():
                _add(Round, [_round(*each, squads, day) for each in zip(ids, walks, strict=True)])
                rows = zip(ids, walks, phones, strict=True)
                joined = [_past_row(*each) | {"joined_at": day, "outcome": values.PAID} for each in rows]
                _add(RoundMember, joined)
                visits = [
                    {**row, "id": new_id(), "checkpoint_id": walk[2], "happened_at": day, "received_at": day}
                    for row, walk in zip(joined, walks, strict=True)
                ]
                _add(Visit, [{name: row[name] for name in _VISIT} for row in visits])


_VISIT = ("id", "round_id", "checkpoint_id", "member_id", "happened_at", "received_at", "device_digest")


def _past_row(round_id: UUID, walk: tuple[UUID, UUID, UUID], phone: str) -> dict[str, Any]:
    return {"round_id": round_id, "member_id": walk[0], "device_digest": phone}


def _round(
    round_id: UUID, walk: tuple[UUID, UUID, UUID], squads: dict[UUID, UUID | None], day: datetime
) -> dict[str, Any]:
    return {
        "id": round_id, "handle": 0, "route_id": walk[1], "opened_by": walk[0], "squad_id": squads[walk[0]], "state": values.COMPLETED,
        "opened_at": day, "due_at": day + timedelta(hours=3), "last_visit_at": day, "ended_at": day, "ended_how": values.BY_VISIT,
        "points_visited": 1, "points_total": 1, "missed": [],
    }  # fmt: skip


def request(town: Town, member: int, plate: int) -> bytes:
    """One scan as bytes on the wire, with a key of its own."""
    body = json.dumps(
        {
            "scan_id": str(uuid4()),
            "code": town.plates[plate],
            "scanned_at": clock.now().isoformat(),
            "device": f"phone-{member}",
        }
    ).encode()
    return (
        b"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + f"Cookie: alliance={town.cookies[member]}\r\nX-CSRF-Token: {town.forgery_token}\r\n".encode()
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def _add(model: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(db.insert(model), rows)


def _squad(n: int, squad_id: UUID) -> dict[str, Any]:
    return {
        "id": squad_id,
        "name": f"第{n + 1}巡逻队",
        "kind": "patrol",
        "crest_color": "red",
        "active_members": 0,
    }


def _member(n: int, member_id: UUID, squad_id: UUID, now: Any) -> dict[str, Any]:
    name = f"志愿者{n}"
    return {
        "id": member_id, "number": 10_000 + n, "name": name, "name_key": name, "status": "active",
        "squad_id": squad_id, "admitted_at": now, "created_at": now,
    }  # fmt: skip


def _rule(rule_id: UUID, now: Any) -> dict[str, Any]:
    return {
        "id": rule_id, "code": "duty", "version": 1, "name_zh": "值守", "name_en": "Duty", "category": "patrol",
        "points": 2, "valid_from": date(2020, 1, 1), "created_at": now, "created_by": UUID(int=0),
    }  # fmt: skip


def _route(n: int, route_id: UUID) -> dict[str, Any]:
    return {
        "id": route_id, "name": f"值守{n}", "ordered": False, "minimum_points": 1, "minimum_minutes": 0,
        "cooldown_minutes": 0, "rule_code": "duty",
    }  # fmt: skip


def _sessions(app: Flask, member_ids: list[UUID]) -> tuple[list[str], str]:
    """A signed cookie for each member, as signing in would have set it, and the forgery token they share."""
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    raw = uuid4().hex
    token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(raw)
    cookies = [
        str(signer.dumps({"_user_id": f"{each}:1", "_fresh": True, "csrf_token": raw})) for each in member_ids
    ]
    return cookies, str(token)
