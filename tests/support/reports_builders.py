"""People who report, a desk that handles, and a report's whole course, through the real services."""

import io
from itertools import count
from typing import Any
from uuid import UUID

from PIL import Image
from PIL.ExifTags import Base

import points.service
import reports.service
from core.auth import STRANGER, Actor
from core.clock import FrozenClock
from core.db import db, new_id
from core.errors import DomainError
from core.receipts import Answer
from members.queries import MemberFacts
from reports import queries
from reports.queries import DeskReport
from tests.support import members_builders, points_builders

ANSWERS: dict[str, dict[str, str]] = {
    "hazard": {"what": "electricity", "urgent": "no"},
    "dispute": {"between": "neighbours", "now": "no"},
    "scam": {"channel": "telephone", "money_paid": "no"},
    "suspicious": {"what": "vehicle", "seen": "today"},
    "rented": {"dwelling": "3号楼201"},
    "other": {},
}
_receipts = count(1)


def tariff() -> None:
    """The rules of the tariff, as `make run` installs them."""
    points.service.install_tariff()


def resident(name: str = "王秀英") -> Actor:
    """A member without rights over others."""
    return members_builders.actor(members_builders.member(name, "resident", phone=None))


def desk(name: str = "陈国平") -> Actor:
    """A coordinator."""
    return members_builders.actor(members_builders.member(name, "coordinator", phone=None))


def auditor() -> Actor:
    """An auditor."""
    return members_builders.actor(members_builders.member("周慧", "auditor", phone=None))


def send(actor: Actor = STRANGER, kind: str = "hazard", **told: Any) -> Answer:
    """Report something; without a name when nobody is named."""
    wish = {
        "key": new_id(),
        "kind": kind,
        "safe": True,
        "words": "楼道里电线裸露",
        "answers": ANSWERS[kind],
        "place_note": "3号楼2单元",
        "unnamed": actor is STRANGER,
    }
    return reports.service.send_report(actor, **(wish | told))


def told(actor: Actor, kind: str = "hazard", **more: Any) -> UUID:
    """The id of a report by name."""
    return UUID(send(actor, kind, **more).body["report_id"])


def unnamed(desk_actor: Actor, kind: str = "hazard", **more: Any) -> tuple[UUID, int, str]:
    """Id, number and password of a report without a name."""
    body = send(kind=kind, **more).body
    return queries.by_number(desk_actor, body["number"]), body["number"], body["password"]


def seen(actor: Actor, report_id: UUID) -> DeskReport:
    """The report as the desk sees it now."""
    db.session.rollback()
    return queries.desk_report(actor, report_id)


def version(actor: Actor, report_id: UUID) -> int:
    """The version that the desk's page would carry."""
    return seen(actor, report_id).line.version


def step(actor: Actor, report_id: UUID, name: str, **more: Any) -> None:
    """Take one step with the version that is shown now."""
    work = getattr(reports.service, name)
    work(actor, report_id, version=version(actor, report_id), **more)


def take(actor: Actor, report_id: UUID) -> None:
    """The coordinator makes the report his own."""
    step(actor, report_id, "assign", handler_id=actor.member_id)


def judge(actor: Actor, report_id: UUID, *, useful: bool = True, **more: Any) -> dict[str, Any]:
    """Say whether it was useful."""
    wish = {"key": new_id(), "version": version(actor, report_id)} | more
    return reports.service.judge_useful(actor, report_id=report_id, useful=useful, **wish).body


def useful(actor: Actor, report_id: UUID) -> dict[str, Any]:
    """Take it and find it useful."""
    take(actor, report_id)
    return judge(actor, report_id)


def next_week(clock: FrozenClock) -> None:
    """Points of reports without a name can be collected from the Monday after."""
    clock.tick(days=7)


def token(clock: FrozenClock, coordinator: Actor, kind: str = "hazard") -> str:
    """The token of a useful report without a name, once its week is over."""
    report_id, number, password = unnamed(coordinator, kind)
    useful(coordinator, report_id)
    next_week(clock)
    return reports.service.claim_token(number, password).token


def collect(actor: Actor, typed: str, **more: Any) -> dict[str, Any]:
    """Collect a token."""
    return reports.service.collect(actor, **({"key": new_id(), "token": typed} | more)).body


def bill(coordinator: Actor, payer: Actor | MemberFacts, **more: Any) -> dict[str, Any]:
    """Take a bill of 86.50 yuan for water."""
    wish = {"utility": "water", "receipt_number": f"W-{next(_receipts):06}", "amount_fen": 8_650}
    return reports.service.take_bill(
        coordinator, **({"key": new_id(), "member_id": payer.id} | wish | more)
    ).body


def refusal(work: Any, *arguments: Any, **keywords: Any) -> DomainError:
    """The refusal that the work meets; fails the test when there is none."""
    try:
        work(*arguments, **keywords)
    except DomainError as error:
        return error
    raise AssertionError("was not refused")


def balance(actor: Actor) -> int:
    """Points that the member can spend."""
    db.session.rollback()
    return points_builders.balance(actor.id)


def photo(width: int = 40, height: int = 30) -> bytes:
    """A photo as a phone sends it: with the place and the camera written beside it."""
    exif = Image.Exif()
    exif[Base.Make] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, "JPEG", exif=exif, comment=b"me at home")
    return file.getvalue()
