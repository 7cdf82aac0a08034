"""A town to measure in: squads, members, one-point duty routes, and the signed sessions of the members' phones."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from core import clock, codes
from core.config import settings
from core.db import db, new_id, transaction
from members.models import Member, MemberRole, Squad
from patrols.models import Checkpoint, Route, RouteCheckpoint
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
