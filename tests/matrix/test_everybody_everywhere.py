"""Role × endpoint × field: everybody asks for everything, and gets what the role table gives him and no more.

Nothing here is listed by hand but who may see what: routes, rights and ids come from the application (see
tests/support/matrix.py). Each scanner also looks at an application with a mistake in it, and finds it.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask, jsonify, request

from alliance.factory import create_app
from core import clock as core_clock
from core.auth import public, requires
from core.db import db, transaction
from members import rules
from members.models import Member
from tests.conftest import WEDNESDAY, settings_for
from tests.support import bodies, everybody, matrix, onlookers, private_notes
from tests.support.matrix import Office, Route

DESK = frozenset({"coordinator", "administrator"})
STAFF = DESK | {"auditor"}
#: Who of the others may see what is written about a member. Nobody else, and nobody any secret of any table.
MAY_SEE: dict[str, frozenset[str]] = {
    "name of a member": STAFF | {"captain"},  # the captain walks with him
    **dict.fromkeys(
        (
            *("name of somebody looked after", "phone of a member", "phone of an applicant"),
            *("words of a letter", "words of a report", "photo of a report", "place of a report"),
            *("note on a report", "answer to a report", "report.passed_to", "report.responsible"),
            *("report_reading.reason", "place where a lock is fitted", "address of a home"),
            *("number of a bill", "heading of a notice to others", "name on a list to import"),
            *("phone on a list to import", "phone of somebody vouched for", "refused scan of a member"),
            *("attendance.reason", "award_request.memo", "award_request.reason", "bill.void_reason"),
            *("budget_request.answer", "budget_request.reason", "charge_flag.note", "float_day.note"),
            *("float_opening.note", "letter.reason", "member_merge.reason", "merge_proposal.answer"),
            *("merge_proposal.reason", "odd_award.note", "reason of a withdrawal", "refused_heap.reason"),
            *("rented_home.void_reason", "shop_deed.note", "stock_movement.note", "transfer.memo"),
            "reason of a suspension",
        ),
        STAFF,
    ),
    "round.judge_reason": STAFF | {"captain"},
    "notice.reason": STAFF
    | {"captain"},  # captains write notices to their squads, and read who read those of others
    **dict.fromkeys(("settlement.agreed_note", "settlement.reference"), STAFF | {"owner"}),
    **dict.fromkeys(
        ("budget_change.reason", "charge.reason", "merchant.contact_name", "shop_gift.reason"),
        STAFF | {"owner", "clerk"},
    ),
}
#: Columns of free text in which nothing is planted, by their reasons.
NOT_PLANTED: dict[str, set[str]] = {
    "everybody may read it": {
        *(f"activity.{each}" for each in ("place", "reason", "words")),
        *("checkpoint.hint", "merchant.about", "merchant.address", "offer.note", "squad.motto"),
        *("reward.about_en", "reward.about_zh"),
    },
    "planted under the name of what it is": {
        *("letter.occasion_en", "letter.occasion_zh", "member_import_row.told", "redemption.fitting_place"),
        *(
            "rented_home.address",
            "report.place",
            "report.words",
            "report_step.note",
            "report_step.public_note",
        ),
    },
    "a notice is for whom its heading is for": {"notice.text_en", "notice.text_zh", "notice.title_en"},
    "no words of anybody: codes of refusals, made of names and ids, or answers that were shown": {
        *(
            "member.name_latin",
            "member.name_sound",
            "odd_award.pattern",
            "receipt.answer",
            "refused_scan.reason",
        ),
    },
    "secrets, all of which are canaries": {
        "shop_clerk.pin_hash",
        "sign_in.password_hash",
        "sign_in.pin_hash",
    },
    "a receipt of money, as the settlement's own": {"settlement_payback.reference"},
}
_NUMBER, _SHOP = "<int(max=999999999):number>", "/desk/shops/<uuid:merchant_id>"
#: Pages of the desk that do not open to auditors, by their reasons.
CLOSED_TO_AUDITORS: dict[str, set[str]] = {
    "a form for something new": {
        *(f"/desk/{each}/new" for each in ("activities", "checkpoints", "goals", "letters", "members")),
        "/desk/notices/new",
        *(f"/desk/{each}/new" for each in ("rewards", "routes", "shops", "squads", "tariff")),
        "/desk/rounds/open",
        "/desk/members/import/example.xlsx",
    },
    "a form to change what stands on another page": {
        f"/desk/activities/{_NUMBER}/edit",
        "/desk/notices/<uuid:notice_id>/edit",
        "/desk/redemptions/<uuid:redemption_id>/return",
        "/desk/rewards/<uuid:reward_id>/edit",
        "/desk/trades/<trade_code>",
        "/desk/transfers/<uuid:transfer_id>/withdrawal",
        f"{_SHOP}/limits",
        *(f"{_SHOP}/{each}/withdrawal" for each in ("gifts/<uuid:gift_id>", "deeds/<uuid:deed_id>")),
    },
    "awarding": {
        *(f"/desk/award{each}" for each in ("", "/run", "/file", "/file/example.xlsx")),
        f"/desk/award/activity/{_NUMBER}",
        "/desk/award/squad/<uuid:squad_id>",
    },
    "codes, on paper or on a screen": {
        "/desk/cards",
        f"/desk/activities/{_NUMBER}/code",
    },
    "somebody stands at the desk and shows card, PIN or code": {
        *(f"/desk/counter{each}" for each in ("", "/pin", "/<uuid:member_id>")),
        *("/desk/lost", "/desk/members/<uuid:member_id>/lost", "/desk/hand-over", "/desk/reports/collect"),
    },
    "what a shop does for itself": {
        *(f"{_SHOP}/{each}" for each in ("clerks", "clerks/<uuid:member_id>", "page")),
        *(f"{_SHOP}/{each}" for each in ("offers", "offers/<uuid:offer_id>")),
    },
}
#: Fields that decide over points or people, and may be named by whoever needs no right over others, with the reason.
MAY_NAME: dict[str, str] = {
    "POST /api/v1/applications: squad_id": "where the applicant would like to go; the desk decides",
    "POST /api/v1/counter/holds: points": "what the shop asks for; the member is shown it and says yes",
    "POST /api/v1/counter/orders: points": "what the shop asks for; the member is shown it and says yes",
    "POST /api/v1/me/charges/{charge_id}/confirm: points": "what the member has seen, compared with what is asked",
    "POST /api/v1/me/managed: squad_id": "where the one looked after would like to go; the desk decides",
    "POST /api/v1/me/payments: points": "the member's own points, as many as he pays",
    "POST /api/v1/redemptions: points": "the price that the member has seen, compared with the shelf's",
    "POST /api/v1/reports: confidential": "who tells something may ask that few read it",
    "POST /api/v1/scans: points": "what the shop asks for, when its clerk scans a member's code",
    "POST /api/v1/shops/{merchant_id}/gifts/receiver: points": "as the gift itself, before it is given",
    "POST /api/v1/shops/{merchant_id}/gifts: points": "out of what the desk has granted the shop",
    "POST /api/v1/shops/{merchant_id}/offers: points": "the price of the shop's own offer",
    "PUT /api/v1/shops/{merchant_id}/offers/{offer_id}: points": "the price of the shop's own offer",
    "PUT /api/v1/shops/{merchant_id}/status: status": "an owner rests his own shop; the service asks for more",
}


@pytest.fixture(scope="module")
def office(
    applications: Any, fresh_databases: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """One town for all tests of this file; whatever is written is put back."""
    place = tmp_path_factory.mktemp("matrix")
    with contextlib.ExitStack() as stack:
        stack.enter_context(core_clock.frozen(WEDNESDAY))
        address = stack.enter_context(fresh_databases.fresh("sqlite", place))
        app = stack.enter_context(applications.lend(settings_for(address, place)))
        yield Office(app, everybody.build(app), Path(address.removeprefix("sqlite:///")))


@pytest.mark.timeout(300)
def test_nobody_gets_past_a_mark_and_nobody_is_kept_out(office: Office):
    asked = matrix.routes(office.app)
    assert len(asked) > 500
    assert matrix.past_the_mark(office, asked) == []


@pytest.mark.timeout(300)
def test_nobody_sees_what_is_not_his_to_see(office: Office):
    assert matrix.shown(office, matrix.routes(office.app), MAY_SEE) == []
    assert office.seen == set(MAY_SEE)


@pytest.mark.timeout(300)
def test_no_answer_to_an_empty_request_tells_what_is_not_its_readers_to_know(office: Office):
    assert matrix.told_by_refusals(office, matrix.routes(office.app), MAY_SEE) == []


def test_whatever_somebody_writes_about_others_is_looked_for_or_has_its_reason(office: Office):
    excepted = set().union(*NOT_PLANTED.values())
    assert private_notes.columns() - set(office.town.canaries) == excepted


def test_what_opens_a_view_to_auditors_alone_opens_no_view_that_writes(office: Office):
    own = rules.ROLE_PERMISSIONS["resident"]
    looking = rules.ROLE_PERMISSIONS["auditor"] - own
    writing = [
        str(each) for each in matrix.routes(office.app) if not each.reads and each.permission in looking
    ]
    assert writing == []


def test_an_auditor_sees_the_desk_and_finds_nothing_to_press(office: Office):
    closed, wrong = onlookers.looked_at(office, office.town.people["auditor"])
    assert wrong == []
    assert closed == set().union(*CLOSED_TO_AUDITORS.values())


def test_no_route_of_the_desk_lets_an_auditor_act(office: Office):
    assert onlookers.let_act(office, office.town.people["auditor"]) == []


def test_no_body_sets_what_its_document_does_not_name(office: Office):
    document = office.app.test_client().get("/api/openapi.json").get_json()
    assert bodies.swallowed(office, document) == []


def test_what_everybody_may_name_in_a_body_has_its_reason(office: Office):
    document = office.app.test_client().get("/api/openapi.json").get_json()
    assert bodies.offered_to_everybody(office, document) == set(MAY_NAME)


def test_a_hundred_megabytes_are_refused_unread(office: Office):
    assert matrix.swallowing(office, matrix.routes(office.app)) == []


# --- the scanners see


class Planted:
    """The same town behind an application with mistakes in it."""

    def __init__(self, office: Office, folder: Path) -> None:
        address = office.app.extensions["alliance_settings"].database_url
        self.app: Flask = create_app(settings_for(address, folder))
        self.office = Office(self.app, office.town, Path(address.removeprefix("sqlite:///")))

    def view(self, rule: str, view: Any, *methods: str) -> None:
        self.app.add_url_rule(
            rule, f"planted_{len(self.app.view_functions)}", view, methods=methods or ("GET",)
        )

    def routes(self) -> list[Route]:
        return [each for each in matrix.routes(self.app) if "planted" in each.rule.rule]


@pytest.fixture
def planted(office: Office, tmp_path: Path) -> Iterator[Planted]:
    found = Planted(office, tmp_path)
    yield found
    with found.app.app_context():
        db.engine.dispose()


def write() -> str:
    with transaction():
        db.session.execute(sa.update(Member).values(theme="dark"))
    return "written"


def test_a_view_without_a_mark_is_seen(planted: Planted):
    planted.view("/planted/<int:number>", lambda number: "nothing said about who may")
    assert "breaks down" in matrix.past_the_mark(planted.office, planted.routes())[0]


def test_a_gatekeeper_who_sleeps_is_seen(planted: Planted):
    planted.app.before_request_funcs[None] = []
    planted.view("/api/v1/planted", requires("audit.read")(lambda: "secret"))
    found = matrix.past_the_mark(planted.office, planted.routes())
    assert "resident: GET /api/v1/planted: lets pass who lacks audit.read (200)" in found
    assert not any(each.startswith("auditor") for each in found)


def test_a_view_that_writes_before_it_refuses_is_seen(planted: Planted):
    planted.app.before_request_funcs[None].insert(0, lambda: write() and None)
    planted.view("/api/v1/planted", requires("audit.read")(lambda: "secret"), "POST")
    assert "resident: POST /api/v1/planted: is refused and writes all the same" in matrix.past_the_mark(
        planted.office, planted.routes()
    )


def test_a_view_that_keeps_out_who_may_is_seen(planted: Planted):
    def strict() -> Any:
        return jsonify(code="permission_missing", permission="self.read"), 403

    planted.view("/api/v1/planted/<uuid:member_id>", requires("self.read")(lambda member_id: strict()))
    found = matrix.past_the_mark(planted.office, planted.routes())
    assert "resident: GET /api/v1/planted/<uuid:member_id>: keeps out who may (403)" in found


def test_a_write_that_a_get_does_is_seen(planted: Planted):
    planted.view("/planted", requires("self.read")(write))
    assert "resident: GET /planted: writes although it only reads" in matrix.shown(
        planted.office, planted.routes(), MAY_SEE
    )


def test_an_object_that_nobody_checks_is_seen(planted: Planted):
    def told(member_id: UUID) -> Any:
        return jsonify(phone=db.session.scalar(sa.select(Member.phone).where(Member.id == member_id)))

    planted.view("/api/v1/planted/<uuid:member_id>", requires("self.read")(told))
    found = matrix.shown(planted.office, planted.routes(), MAY_SEE)
    assert "resident: GET /api/v1/planted/<uuid:member_id>: shows phone of a member" in found
    assert "auditor: GET /api/v1/planted/<uuid:member_id>: shows phone of a member" not in found


def phone_of(member_id: UUID) -> str:
    return db.session.scalar(sa.select(Member.phone).where(Member.id == member_id)) or ""


def test_what_stands_behind_a_filter_and_in_a_refusal_is_seen(planted: Planted):
    victim = planted.office.town.victim.id
    page = '<a href="?list=all">all</a>'
    planted.view("/planted", public(lambda: phone_of(victim) if "list" in request.args else page))
    refused = requires("self.write")(lambda member_id: (jsonify(detail=phone_of(member_id)), 422))
    planted.view("/api/v1/planted/<uuid:member_id>", refused, "POST")
    found = matrix.shown(planted.office, planted.routes(), MAY_SEE)
    assert "stranger: GET /planted with a query: shows phone of a member" in found
    assert matrix.told_by_refusals(planted.office, planted.routes(), MAY_SEE) == [
        f"{each}: POST /api/v1/planted/<uuid:member_id>: shows phone of a member"
        for each in ("owner", "volunteer")
    ]


def test_a_secret_in_an_answer_is_seen_by_its_value_and_by_its_name(planted: Planted):
    def told() -> Any:
        return jsonify(
            mark=db.session.scalar(sa.select(Member.card_digest).where(Member.card_digest.is_not(None)))
        )

    planted.view("/planted", public(told))
    planted.view("/planted/name", public(lambda: jsonify(pin_hash="x")))
    found = matrix.shown(planted.office, planted.routes(), MAY_SEE)
    assert "administrator: GET /planted: shows member.card_digest" in found or (
        "coordinator: GET /planted: shows member.card_digest" in found
    )
    assert "stranger: GET /planted/name: shows a key named pin_hash" in found


def test_a_body_that_swallows_what_it_does_not_know_is_seen(planted: Planted):
    planted.view("/api/v1/planted", public(lambda: jsonify(list(request.get_json()))), "POST")
    schema = {"properties": {"name": {"type": "string"}}}
    operation = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    document = {"paths": {"/api/v1/planted": {"post": operation}}}
    (found,) = bodies.swallowed(planted.office, document)
    assert "roles" in found


def test_a_service_that_reads_whatever_is_sent_is_seen(planted: Planted):
    planted.app.config["MAX_CONTENT_LENGTH"] = None
    planted.view("/api/v1/planted", public(lambda: str(len(request.environ["wsgi.input"].read(9)))), "POST")
    (found,) = matrix.swallowing(planted.office, planted.routes())
    assert re.fullmatch(r"POST /api/v1/planted: \d+ after [1-9]\d* bytes", found)
