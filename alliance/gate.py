"""The gate: what a code is and who reads it decide what happens. One table, `KINDS`.

A stranger who reads a bearer code (card, phone, order, voucher) learns nothing, whether it is valid or not.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response, json
from flask_smorest import Blueprint

import activities.queries
import activities.service
import honours.service
import members.queries
import members.service
import merchants.queries
import merchants.service
import patrols.service
import points.service
import rewards.service
from alliance import messages
from core import clock, codes, receipts, refused_scans
from core.auth import Actor, current_actor, requires
from core.codes import Code
from core.config import settings
from core.errors import DomainError, Refused
from core.fields import WholeNumber
from core.receipts import Answer
from core.scans import Scan
from members.errors import MemberNotAdmitted, MemberOnLeave

#: Longest text that is looked at at all; anything longer than a code is refused with its own code below this.
LONGEST_TEXT = 8_000


class TimeImpossible(Refused):
    """The phone's clock names a time outside the calendar."""

    code = "time_impossible"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the gate's table."""

    name: str
    #: Bearer codes sit in the fragment of the address and are never shown or logged.
    bearer: bool
    #: What a scan of it does; raises a `DomainError` when it does not.
    act: Callable[[Actor, Scan], dict[str, Any]]


def _card(actor: Actor, scan: Scan) -> dict[str, Any]:
    """A card or a phone: at a shop's counter it is a charge, with a rule an award, else the staff see whose it is."""
    if scan.merchant_id is not None:
        return merchants.service.hold_scanned(actor, scan)
    if scan.rule_code:
        return points.service.award_by_code(actor, scan)
    return members.service.show_by_code(actor, scan)


def _changing(actor: Actor, scan: Scan) -> dict[str, Any]:
    """A changing code on somebody's screen: the activity that it names, else the round of a captain."""
    if activities.queries.number_behind(scan.code, scan.received_at) is not None:
        return activities.service.attend_by_code(actor, scan)
    return patrols.service.join_round(actor, scan)


KINDS: dict[str, Kind] = {
    "C": Kind("checkpoint", bearer=False, act=patrols.service.visit_checkpoint),
    "A": Kind("activity", bearer=False, act=_changing),
    "M": Kind("card", bearer=True, act=_card),
    "P": Kind("phone", bearer=True, act=_card),
    "S": Kind("shop", bearer=False, act=merchants.service.show_by_plate),
    "O": Kind("order", bearer=True, act=merchants.service.take_order),
    "V": Kind("voucher", bearer=True, act=rewards.service.show_voucher),
    "J": Kind("join", bearer=False, act=members.service.join_by_code),
    "L": Kind("letter", bearer=False, act=honours.service.show_letter),
}


#: Codes that hang where everybody sees them.
_ON_WALLS = {codes.Kind.CHECKPOINT, codes.Kind.SHOP}
#: What a scan says beside the code when a clerk takes points with it.
AT_A_COUNTER = ("merchant_id", "points", "offer_id")


class ScanIn(ma.Schema):
    """One scan. The phone makes `scan_id` and repeats the request with it until it has an answer."""

    scan_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=LONGEST_TEXT))
    scanned_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, default_timezone=UTC)
    sent_at = ma.fields.AwareDateTime(load_default=None, allow_none=True, default_timezone=UTC)
    device = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=64))
    route_id = ma.fields.UUID(load_default=None, allow_none=True)
    rule_code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=40))
    memo = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))
    member_code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=200))
    merchant_id = ma.fields.UUID(load_default=None, allow_none=True)
    points = WholeNumber(load_default=None, allow_none=True)
    offer_id = ma.fields.UUID(load_default=None, allow_none=True)


class ScanOut(ma.Schema):
    """What the scan has done, with sentences in the reader's language. More members follow per kind of code."""

    class Meta:
        """Each kind of code adds data of its own."""

        unknown = ma.INCLUDE

    scan_id = ma.fields.UUID(required=True)
    outcome = ma.fields.String(required=True, metadata={"description": "stable, for programs"})
    title = ma.fields.String(required=True)
    what = ma.fields.String(required=True)
    next_step = ma.fields.String(required=True)
    points = ma.fields.Integer(allow_none=True)
    balance = ma.fields.Integer(allow_none=True)
    replayed = ma.fields.Boolean(required=True)


api = Blueprint("gate", __name__, url_prefix="/api/v1/scans", description="One address for every code")


@api.route("", methods=["POST"])
@api.arguments(ScanIn())
@api.response(201, ScanOut)
@api.alt_response(200, schema=ScanOut, description="answered before; the same answer again")
@requires("scan.send")
def post_scan(payload: dict[str, Any]) -> Response:
    """Do what this code does for this reader, exactly once per `scan_id`."""
    answer = scan(current_actor(), payload)
    return Response(
        json.dumps(in_words(answer)), 200 if answer.replayed else 201, content_type="application/json"
    )


def scan(actor: Actor, payload: Mapping[str, Any]) -> Answer:
    """Answer one scan exactly once. Raises the `DomainError` with which it was refused, now or before."""
    content = {
        name: payload.get(name)
        # When it was sent and from which phone may differ between two tries of one scan.
        for name in ("code", "scanned_at", "route_id", "rule_code", "memo", "member_code")
    }
    # Only where they are given, so that a scan that was answered before there were shops is still known.
    content |= {name: payload[name] for name in AT_A_COUNTER if payload.get(name) is not None}

    def prepare() -> receipts.Work:
        code = codes.parse(payload["code"], settings().base_url)
        read = _scan(code, payload)
        return lambda: {"scan_id": str(read.id), "kind": code.kind, **KINDS[code.kind].act(actor, read)}

    def note(refusal: DomainError) -> None:
        _note(actor, payload, refusal)

    return receipts.once_prepared(payload["scan_id"], actor, "scan", content, prepare, note, together=True)


def _note(actor: Actor, payload: Mapping[str, Any], refusal: DomainError) -> None:
    """Write a refused scan down for whoever looks after codes: what kind of code, and which are of one code."""
    try:
        code = codes.parse(payload["code"], settings().base_url)
    except DomainError:
        code = None
    # Who has applied or is on leave holds the right, so that the scan is answered by its own refusal.
    walks = actor.may("patrol.walk") and not isinstance(refusal, (MemberNotAdmitted, MemberOnLeave))
    if code is not None and code.kind is codes.Kind.CHECKPOINT and not walks:
        # Who walks no rounds stood there perhaps to report something without his name: where is nobody's business.
        return
    refused_scans.note(
        payload["scan_id"],
        actor.member_id,
        kind=code.kind if code else None,
        reason=refusal.code,
        code_digest=_code_digest(code, payload["code"]),
        device_digest=_device_digest(payload.get("device")),
    )


def _code_digest(code: Code | None, text: str) -> str | None:
    """By what scans of one plate are known, or of one thing that is no code of ours; of nobody's card or phone."""
    if code is None:
        message = text.strip().encode("utf-8", "surrogatepass")
        return hmac.new(settings().signing_secret.encode(), message, hashlib.sha256).hexdigest()
    return codes.digest(codes.keyring(settings()), code) if code.kind in _ON_WALLS else None


def in_words(answer: Answer) -> dict[str, Any]:
    """The stored answer of a scan with its sentences in the reader's language."""
    body = {**answer.body, **_person(answer.body)}
    words = messages.outcome(body)
    return {
        **body,
        "title": words.title,
        "what": words.what,
        "next_step": words.next_step,
        "replayed": answer.replayed,
    }


def _person(body: Mapping[str, Any]) -> dict[str, Any]:
    """Whose card or phone it is, for the staff member who scanned it: looked up when it is told, never kept."""
    if body["outcome"] == "charge_held":
        return {"member_name": merchants.queries.masked_payer(UUID(body["charge_id"]))}
    if body["outcome"] not in {"awarded", "requested", "member", "voucher"}:
        return {}
    found = members.queries.facts(UUID(body["member_id"]))
    if body["outcome"] == "voucher":
        return {"member_name": members.queries.masked_name(found.name)}
    squad = members.queries.squad(found.squad_id).name if found.squad_id else ""
    person = {"member_name": found.name, "member_number": found.number, "squad_name": squad}
    if body["outcome"] in {"awarded", "requested"}:
        return person
    return {**person, "status": found.status, "where": squad}


def _scan(code: Code, payload: Mapping[str, Any]) -> Scan:
    member_code = payload.get("member_code")
    return Scan(
        id=payload["scan_id"],
        code=code,
        received_at=clock.now(),
        scanned_at=_utc(payload.get("scanned_at")),
        sent_at=_utc(payload.get("sent_at")),
        device_digest=_device_digest(payload.get("device")),
        route_id=payload.get("route_id"),
        rule_code=payload.get("rule_code"),
        memo=payload.get("memo") or "",
        member_code=codes.parse(member_code, settings().base_url) if member_code else None,
        merchant_id=payload.get("merchant_id"),
        points=payload.get("points"),
        offer_id=payload.get("offer_id"),
    )


def _utc(at: datetime | None) -> datetime | None:
    try:
        return at.astimezone(UTC) if at else None
    except OverflowError:
        # A clock in the year 1 or 9999 is no evidence of anything.
        raise TimeImpossible(field="scanned_at") from None


def _device_digest(device: str | None) -> str | None:
    """Tells phones apart on one day; on the next day the same phone has another digest."""
    if not device:
        return None
    message = f"{clock.today().isoformat()}:{device}".encode("utf-8", "surrogatepass")
    return hmac.new(settings().signing_secret.encode(), message, hashlib.sha256).hexdigest()[:32]
