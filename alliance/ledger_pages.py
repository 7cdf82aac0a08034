"""The ledger desk: any transfer of anybody, found and opened; for programs, too. Here because it knows all packages."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_smorest import Blueprint as InterfaceBlueprint

import members.queries
import merchants.queries
import points.queries
from alliance import ledger_words as words
from core import receipts
from core.auth import current_actor, requires
from core.fields import Day, PageIn
from core.pages import identifier, whole_number
from points.ledger import budget
from points.queries import BookLine

views = Blueprint("ledger_pages", __name__)
api = InterfaceBlueprint("ledger", __name__, url_prefix="/api/v1", description="Every transfer of points")

#: People and shops offered to choose from when a name fits several.
MOST_OFFERED = 8
_LONGEST_SEARCH = 80
#: What a receipt's answer holds that says something to people, and is nobody's secret.
_TOLD = ("outcome", "points", "balance", "owed", "amount", "rule_code", "member_number", "number", "when")


class TransfersIn(PageIn):
    """Which transfers; both days in the programme's zone, by the time of booking, inclusive."""

    account_id = ma.fields.UUID(
        load_default=None, metadata={"description": "a member's or a shop's (with its budget)"}
    )
    kind = ma.fields.String(load_default=None, validate=ma.validate.OneOf(list(words.KINDS)))
    amount = ma.fields.Integer(load_default=None, validate=ma.validate.Range(1, 1_000_000))
    first = Day(load_default=None)
    last = Day(load_default=None)


class TransferLineOut(ma.Schema):
    """One transfer. The programme's own accounts have kinds: issued, escrow, redeemed, expired, settled, owed.

    Which report was paid is not told here: the reporter of a confidential one is for its handler alone.
    """

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    amount = ma.fields.Integer(required=True)
    debit_id = ma.fields.UUID(required=True)
    debit_kind = ma.fields.String(required=True)
    credit_id = ma.fields.UUID(required=True)
    credit_kind = ma.fields.String(required=True)
    subject_type = ma.fields.String(required=True)
    subject_id = ma.fields.UUID(required=True, allow_none=True)
    rule_code = ma.fields.String(required=True, allow_none=True)
    rule_version = ma.fields.Integer(required=True, allow_none=True)
    squad_id = ma.fields.UUID(required=True, allow_none=True)
    actor_id = ma.fields.UUID(required=True)
    happened_at = ma.fields.AwareDateTime(required=True)
    posted_at = ma.fields.AwareDateTime(required=True)
    expires_on = ma.fields.Date(required=True, allow_none=True)
    memo = ma.fields.String(required=True)
    receipt_key = ma.fields.UUID(required=True)
    reservation_id = ma.fields.UUID(required=True, allow_none=True)
    reverses_id = ma.fields.UUID(required=True, allow_none=True)
    reversed_by = ma.fields.UUID(required=True, allow_none=True)
    finished_by = ma.fields.UUID(required=True, allow_none=True)


class TransfersOut(ma.Schema):
    """A page of the ledger, newest first; it may be empty although there is a `next`."""

    items = ma.fields.List(ma.fields.Nested(TransferLineOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)
    looked_back_to = ma.fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "how far the search got before the page was full; go on with next"},
    )


class LotChangeOut(ma.Schema):
    """What a transfer changed in one lot."""

    account_id = ma.fields.UUID(required=True)
    expires_on = ma.fields.Date(required=True)
    change = ma.fields.Integer(required=True)


class TransferSheetOut(TransferLineOut):
    """One transfer with its lots, and those booked under the same key."""

    lots = ma.fields.List(ma.fields.Nested(LotChangeOut), required=True)
    together = ma.fields.List(ma.fields.UUID(), required=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody or a shop whose transfers can be looked at."""

    name: str
    note: str
    account_id: UUID


@views.get("/desk/ledger")
@requires("ledger.read")
def ledger() -> ResponseReturnValue:
    """Search transfers by number, member, shop, day, kind and amount."""
    wanted = request.args
    text = wanted.get("q", "").strip()[:_LONGEST_SEARCH]
    account_id = identifier(wanted.get("account"))
    same = points.queries.transfers_like(text) if text and account_id is None else []
    choices = _choices(text) if text and account_id is None and not same else []
    if len(choices) == 1:
        account_id = choices[0].account_id
    lines, onward, looked_back_to = same, None, None
    if account_id is not None or not text:
        found = points.queries.search_transfers(
            account_ids=_accounts(account_id),
            kind=wanted.get("kind") if wanted.get("kind") in words.KINDS else None,
            amount=whole_number(wanted.get("amount")),
            first=_day(wanted.get("first")),
            last=_day(wanted.get("last")),
            cursor=wanted.get("cursor"),
        )
        lines, onward, looked_back_to = list(found.page.items), found.page.next, found.looked_back_to
    return render_template(
        "alliance/ledger.html",
        lines=lines,
        next=onward,
        first=bool(wanted.get("cursor")),
        looked_back_to=looked_back_to,
        choices=choices if len(choices) > 1 else [],
        chosen=choices[0] if len(choices) == 1 else None,
        text=text,
        wanted=wanted,
        kinds=words.kinds(),
        party=words.parties(lines),
        title_of=words.title,
    )


@views.get("/desk/ledger/<uuid:transfer_id>")
@requires("ledger.read")
def transfer(transfer_id: UUID) -> ResponseReturnValue:
    """All of one transfer: whose, from where, its lots, its receipt, what undid it or what it undid."""
    sheet = points.queries.transfer_sheet(transfer_id)
    everything = [sheet.line, *sheet.together]
    line, receipt = sheet.line, receipts.find(sheet.line.receipt_key)
    owners = {line.debit_id: (line.debit_kind, line.debit_owner)}
    owners[line.credit_id] = (line.credit_kind, line.credit_owner)
    return render_template(
        "alliance/ledger_transfer.html",
        line=line,
        lots=[(owners[each.account_id], each) for each in sheet.lots],
        together=sheet.together,
        receipt=receipt,
        told=[(name, receipt.answer[name]) for name in _TOLD if name in receipt.answer] if receipt else [],
        squad=members.queries.squad(line.squad_id).name if line.squad_id else "",
        names=words.answerable(everything),
        party=words.parties(everything),
        title_of=words.title,
        kind_words=words.KINDS,
        undoing=words.undoing(current_actor(), line),
    )


@api.route("/ledger/transfers", methods=["GET"])
@api.arguments(TransfersIn, location="query")
@api.response(200, TransfersOut)
@requires("ledger.read")
def get_transfers(query: dict[str, Any]) -> dict[str, Any]:
    """Transfers of all accounts, the newest first."""
    account_id = query.pop("account_id")
    found = points.queries.search_transfers(account_ids=_accounts(account_id), **query)
    return {
        "items": [_out(each) for each in found.page.items],
        "next": found.page.next,
        "looked_back_to": found.looked_back_to,
    }


@api.route("/ledger/transfers/<uuid:transfer_id>", methods=["GET"])
@api.response(200, TransferSheetOut)
@requires("ledger.read")
def get_transfer_sheet(transfer_id: UUID) -> dict[str, Any]:
    """One transfer with its lots."""
    sheet = points.queries.transfer_sheet(transfer_id)
    return {**_out(sheet.line), "lots": sheet.lots, "together": [each.id for each in sheet.together]}


def _out(line: BookLine) -> dict[str, Any]:
    rule = line.rule
    values = {name: getattr(line, name) for name in BookLine.__dataclass_fields__ if name != "rule"}
    return values | {
        "subject_id": None if line.subject_type == "report" else line.subject_id,
        "rule_code": rule.code if rule else None,
        "rule_version": rule.version if rule else None,
    }


def _accounts(account_id: UUID | None) -> list[UUID]:
    """An account, and the budget that a shop has beside its own."""
    return [] if account_id is None else [account_id, budget(account_id).id]


def _choices(text: str) -> list[Choice]:
    people = [
        Choice(each.name, members.queries.spoken_number(each.number), each.id)
        for each in members.queries.search(text, limit=MOST_OFFERED).items
    ]
    shops = merchants.queries.desk_list(
        statuses=list(merchants.queries.status_counts()), text=text, limit=MOST_OFFERED
    ).items
    people += [Choice(shop.name, _("Shop"), shop.id) for shop in shops]
    return people


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1970 <= day.year < 9000 else None
