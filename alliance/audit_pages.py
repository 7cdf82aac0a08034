"""The audit log for those who may read it: a page of the desk and a list for programs."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint as InterfaceBlueprint

import members.queries
from alliance.messages import acts
from core import audit
from core.audit import Entry
from core.auth import NIL, requires

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


class EntriesOut(ma.Schema):
    """A page of the log, newest first."""

    items = ma.fields.List(ma.fields.Nested(EntryOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)


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
    names = {key: facts.name for key, facts in members.queries.many_facts(ids - {NIL}).items()}
    return [
        {field: getattr(each, field) for field in Entry.__slots__}
        | {
            "actor_name": names.get(each.answerable_id or each.actor_id, ""),
            "subject_name": names.get(each.subject_id, "") if each.subject_id else "",
        }
        for each in found
    ]


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
