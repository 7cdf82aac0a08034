"""The audit log for those who may read it: a page of the desk and a list for programs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime, ngettext
from flask_babel import gettext as _
from flask_smorest import Blueprint as InterfaceBlueprint

import members.queries
from alliance.languages import LANGUAGES
from alliance.messages import acts
from core import audit, chain, clock, seals
from core.audit import Entry
from core.auth import NIL, requires
from core.locales import in_language

views = Blueprint("audit_pages", __name__)
api = InterfaceBlueprint("audit", __name__, url_prefix="/api/v1", description="Who of the staff did what")


class EntriesIn(ma.Schema):
    """Which part of the log."""

    subject_id = ma.fields.UUID(load_default=None)
    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=300))


class EntryOut(ma.Schema):
    """One act. `answerable_id` is the person behind a device; names are those of today."""

    id = ma.fields.UUID(required=True)
    at = ma.fields.AwareDateTime(required=True)
    actor_id = ma.fields.UUID(required=True)
    answerable_id = ma.fields.UUID(allow_none=True, required=True)
    actor_name = ma.fields.String(required=True)
    action = ma.fields.String(required=True)
    subject_type = ma.fields.String(required=True)
    subject_id = ma.fields.UUID(allow_none=True, required=True)
    subject_name = ma.fields.String(required=True)
    receipt_key = ma.fields.UUID(allow_none=True, required=True)
    data = ma.fields.Dict(required=True)
    number = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "place in the chain; null for a minute or so"},
    )
    digest = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "over the entry and the digest before it"}
    )


class EntriesOut(ma.Schema):
    """A page of the log, newest first."""

    items = ma.fields.List(ma.fields.Nested(EntryOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


class DigestOut(ma.Schema):
    """How far the chain goes, to be written down where nobody of the staff can change it."""

    date = ma.fields.Date(required=True)
    number = ma.fields.Integer(required=True, metadata={"description": "entries in the chain"})
    digest = ma.fields.String(required=True, metadata={"description": "SHA-256, 64 hexadecimal digits"})
    sealed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    waiting = ma.fields.Integer(
        required=True,
        metadata={"description": "newer entries that are not chained yet; at most 1,000 are counted"},
    )
    books_until = ma.fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "books written before are sealed in the log"}
    )


@views.get("/desk/audit")
@requires("audit.read")
def log() -> ResponseReturnValue:
    """The log, newest first; of one member when asked so. Read only."""
    cursor = request.args.get("cursor")
    subject_id = _identifier(request.args.get("subject_id", ""))
    page = audit.entries(subject_id=subject_id, cursor=cursor)
    return render_template(
        "alliance/audit.html",
        lines=_with_names(page.items),
        act_words=acts.words,
        subject_words=acts.subject,
        detail_words=acts.detail,
        next=page.next,
        first=bool(cursor),
    )


@views.get("/desk/audit/digest")
@requires("audit.read")
def digest() -> ResponseReturnValue:
    """A sheet for the wall: today's digest of the log in both languages."""
    head, until = chain.head(), seals.sealed_until()
    return render_template(
        "alliance/audit_digest.html", last=head, sides=[_sheet(each, head, until) for each in LANGUAGES]
    )


def _sheet(language: str, head: chain.Head, until: datetime | None) -> dict[str, Any]:
    """What the sheet says in one language."""
    with in_language(language):
        lines = [
            format_date(clock.today(), "full"),
            ngettext("%(num)s entry in the audit log", "%(num)s entries in the audit log", head.number),
        ]
        if head.sealed_at:
            lines.append(_("chained up to %(time)s", time=format_datetime(head.sealed_at, "short")))
        if until:
            last = clock.local_date(until) - timedelta(days=1)
            lines.append(_("books sealed up to %(day)s", day=format_date(last, "long")))
        return {
            "tag": LANGUAGES[language],
            "title": _("Digest of the audit log"),
            "lines": lines,
            "meaning": _(
                "Whoever changes, removes or adds anything in the log or in the books before this day can no longer "
                "get to this digest. Check with: flask audit verify --number %(number)s --digest …",
                number=head.number,
            ),
        }


@api.route("/audit/digest", methods=["GET"])
@api.response(200, DigestOut)
@requires("audit.read")
def get_digest() -> dict[str, Any]:
    """The last digest of the audit log's chain, and how many entries it covers."""
    head = chain.head()
    return {
        "date": clock.today(),
        "number": head.number,
        "digest": head.digest,
        "sealed_at": head.sealed_at,
        "waiting": head.waiting,
        "books_until": seals.sealed_until(),
    }


@api.route("/audit", methods=["GET"])
@api.arguments(EntriesIn, location="query")
@api.response(200, EntriesOut)
@requires("audit.read")
def get_audit(query: dict[str, Any]) -> dict[str, Any]:
    """Who of the staff did what, newest first."""
    page = audit.entries(**query)
    return {"items": _with_names(page.items), "next": page.next}


def _with_names(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The entries with the names that people have now: the log itself keeps ids only."""
    found = list(entries)
    ids = {each.answerable_id or each.actor_id for each in found}
    ids |= {each.subject_id for each in found if each.subject_id is not None}
    links = chain.link_of(each.id for each in found)
    names = {key: facts.name for key, facts in members.queries.many_facts(ids - {NIL}).items()}
    return [
        {field: getattr(each, field) for field in Entry.__slots__}
        | {
            "actor_name": names.get(each.answerable_id or each.actor_id, ""),
            "subject_name": names.get(each.subject_id, "") if each.subject_id else "",
            "number": links.get(each.id, (None, None))[0],
            "digest": links.get(each.id, (None, None))[1],
        }
        for each in found
    ]


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
