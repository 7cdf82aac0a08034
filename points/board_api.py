"""Leaderboards for programs: the same standings that the pages and the wall show."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask_smorest import Blueprint

import members.queries
from core import clock
from core.auth import current_actor, requires
from core.fields import Day
from points import board_words as words
from points import leaderboard, leaderboard_members
from points.leaderboard import Board, Line, Outlook, Period

WAYS = ("head", "total")


class SeasonQuery(ma.Schema):
    """Which period."""

    season = ma.fields.String(load_default="week", validate=ma.validate.OneOf(leaderboard.PERIOD_KINDS))
    day = Day(
        load_default=None,
        metadata={"description": "a day of it, in the programme's zone; default: today. All time ends today"},
    )


class BoardQuery(SeasonQuery):
    """Which period, and how squads are compared."""

    by = ma.fields.String(
        load_default="head",
        validate=ma.validate.OneOf(WAYS),
        metadata={"description": "head: per active member; total: all points of the squad"},
    )


class MembersQuery(SeasonQuery):
    """Which period, and of which squad."""

    squad_id = ma.fields.UUID(load_default=None, metadata={"description": "one squad; default: all squads"})


class SeasonOut(ma.Schema):
    """The period, with its first and last day in the programme's zone; no days for all time.

    `earlier` and `later`: the first days of the nearest periods before and after in which a squad, or in lists of
    members anybody, earned points; the latest is today's in any case.
    """

    kind = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    first = ma.fields.Date(allow_none=True, required=True)
    last = ma.fields.Date(allow_none=True, required=True)
    earlier = ma.fields.Date(allow_none=True, required=True)
    later = ma.fields.Date(allow_none=True, required=True)


class SquadLineOut(ma.Schema):
    """One squad. Unranked squads stand at the end, `unranked` says why."""

    rank = ma.fields.Integer(allow_none=True, required=True)
    squad_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    crest_color = ma.fields.String(required=True)
    heads = ma.fields.Integer(required=True, metadata={"description": "active members"})
    points = ma.fields.Integer(required=True)
    deeds = ma.fields.Integer(required=True)
    value = ma.fields.String(
        required=True, metadata={"description": "what is ranked, rounded to two decimals"}
    )
    moved = ma.fields.Integer(
        allow_none=True, required=True, metadata={"description": "places won since the period before"}
    )
    unranked = ma.fields.String(
        allow_none=True, required=True, validate=ma.validate.OneOf(("too_small", "no_points"))
    )
    own = ma.fields.Boolean(required=True, metadata={"description": "the reader's own squad"})
    by_hand = ma.fields.Integer(
        metadata={"description": "deeds of the period that were entered by hand; only in the list of squads"}
    )


class FormulaOut(ma.Schema):
    """value = (points + added × mean_points ÷ mean_heads) ÷ (heads + added); no rank below `fewest_heads`."""

    added = ma.fields.Integer(required=True)
    fewest_heads = ma.fields.Integer(required=True)
    mean_points = ma.fields.Integer(required=True)
    mean_heads = ma.fields.Integer(required=True)
    text = ma.fields.String(required=True)


class OutlookOut(ma.Schema):
    """Why a squad stands where it stands, and what would change it. Numbers, and the same in the reader's language."""

    line = ma.fields.Nested(SquadLineOut, required=True)
    above = ma.fields.Nested(SquadLineOut, allow_none=True, required=True)
    below = ma.fields.Nested(SquadLineOut, allow_none=True, required=True)
    points_missing = ma.fields.Integer(
        allow_none=True, required=True, metadata={"description": "points that would pass the squad above"}
    )
    patrols_missing = ma.fields.Integer(allow_none=True, required=True)
    points_ahead = ma.fields.Integer(
        allow_none=True,
        required=True,
        metadata={"description": "points that the squad below would need to pass"},
    )
    heads_missing = ma.fields.Integer(required=True)
    why = ma.fields.String(required=True)
    what_next = ma.fields.String(required=True)


class SquadBoardOut(ma.Schema):
    """The board of squads; `own` is the reader's squad, None for a reader without one."""

    season = ma.fields.Nested(SeasonOut, required=True)
    by = ma.fields.String(required=True)
    formula = ma.fields.Nested(FormulaOut, required=True)
    at = ma.fields.AwareDateTime(required=True, metadata={"description": "when this was read"})
    items = ma.fields.List(ma.fields.Nested(SquadLineOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)
    own = ma.fields.Nested(OutlookOut, allow_none=True, required=True)


class PersonOut(ma.Schema):
    """A member; `name` is masked, and null for one who did not agree to appear by name."""

    rank = ma.fields.Integer(required=True)
    name = ma.fields.String(allow_none=True, required=True)
    squad_name = ma.fields.String(allow_none=True, required=True)
    points = ma.fields.Integer(required=True)
    deeds = ma.fields.Integer(required=True)
    by_hand = ma.fields.Integer(
        required=True, metadata={"description": "deeds of the period that were entered by hand"}
    )
    own = ma.fields.Boolean(required=True)


class OwnPlaceOut(ma.Schema):
    """The reader's own place in the own squad (or among those without one), with the neighbours; for nobody else."""

    rank = ma.fields.Integer(required=True)
    of = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    points_missing = ma.fields.Integer(allow_none=True, required=True)
    lines = ma.fields.List(ma.fields.Nested(PersonOut), required=True)
    text = ma.fields.String(required=True)


class MemberBoardOut(ma.Schema):
    """Members who agreed to appear, ranked among each other, and the reader's own place."""

    season = ma.fields.Nested(SeasonOut, required=True)
    items = ma.fields.List(ma.fields.Nested(PersonOut), required=True)
    next = ma.fields.String(allow_none=True, required=True)
    own = ma.fields.Nested(OwnPlaceOut, allow_none=True, required=True)


api = Blueprint(
    "leaderboards", __name__, url_prefix="/api/v1/leaderboards", description="Squads and members ranked"
)


@api.route("/squads")
@api.arguments(BoardQuery, location="query")
@api.response(200, SquadBoardOut)
@requires("board.read")
def get_squads(query: dict[str, Any]) -> dict[str, Any]:
    """All squads, best first, with the reader's own squad and what would lift it."""
    board = leaderboard.squad_board(query["season"], query["by"], query["day"])
    own = leaderboard.outlook(board.standings, current_actor().squad_id, leaderboard.patrol_points())
    return {
        "season": _season(board.period),
        "by": board.standings.by,
        "formula": {
            "added": leaderboard.AVERAGE_HEADS_ADDED,
            "fewest_heads": leaderboard.FEWEST_HEADS,
            "mean_points": board.standings.mean_points,
            "mean_heads": board.standings.mean_heads,
            "text": words.formula(board.standings),
        },
        "at": clock.now(),
        "items": [
            {**_line(line), "by_hand": board.by_hand.get(line.squad_id, 0)} for line in board.standings.lines
        ],
        "next": None,
        "own": _outlook(board, own) if own else None,
    }


@api.route("/squads/<uuid:squad_id>")
@api.arguments(BoardQuery, location="query")
@api.response(200, OutlookOut)
@api.alt_response(404, description="there is no such squad")
@requires("board.read")
def get_squad(query: dict[str, Any], squad_id: UUID) -> dict[str, Any]:
    """Why one squad stands where it stands, its neighbours, and what would change it."""
    members.queries.squad(squad_id)
    board = leaderboard.squad_board(query["season"], query["by"], query["day"])
    found = leaderboard.outlook(board.standings, squad_id, leaderboard.patrol_points())
    assert found is not None  # noqa: S101 - every squad is on the board, ranked or not
    return _outlook(board, found)


@api.route("/members")
@api.arguments(MembersQuery, location="query")
@api.response(200, MemberBoardOut)
@api.alt_response(404, description="there is no such squad")
@requires("board.read")
def get_members(query: dict[str, Any]) -> dict[str, Any]:
    """Members who agreed to appear, masked, and the reader's own place in the own squad."""
    actor = current_actor()
    period = leaderboard.asked_period(query["season"], query["day"])
    names = {squad.id: squad.name for squad in members.queries.squads()}
    if query["squad_id"] is not None:
        members.queries.squad(query["squad_id"])
    listed = leaderboard_members.listed_members(period, squad_id=query["squad_id"], reader_id=actor.member_id)
    own = None
    if actor.kind == "member" and actor.member_id:
        own = leaderboard_members.own_place(period, actor.member_id, actor.squad_id)
    return {
        "season": _season(period, of_squads=False),
        "items": [_person(person, names) for person in listed],
        "next": None,
        "own": own
        and {
            "rank": own.rank,
            "of": own.of,
            "points": own.points,
            "points_missing": own.points_missing if _is_todays(period) else None,
            "lines": [_person(person, names) for person in own.lines],
            "text": words.own_place(own, over=not _is_todays(period)),
        },
    }


def _season(period: Period, *, of_squads: bool = True) -> dict[str, Any]:
    earlier, later = leaderboard.neighbours(period, of_squads=of_squads)
    return {
        "kind": period.kind,
        "code": period.season,
        "first": period.first,
        "last": period.last,
        "earlier": earlier,
        "later": later,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "rank": line.rank,
        "squad_id": line.squad_id,
        "name": line.name,
        "kind": line.kind,
        "crest_color": line.crest_color,
        "heads": line.heads,
        "points": line.points,
        "deeds": line.deeds,
        "value": str(words.rounded(line.value)),
        "moved": line.moved,
        "unranked": line.unranked,
        "own": line.squad_id == current_actor().squad_id,
    }


def _is_todays(period: Period) -> bool:
    # What is missing is told for the period that goes on: in another nobody earns anything any more, or yet.
    return period.season == leaderboard.asked_period(period.kind, None).season


def _outlook(board: Board, found: Outlook) -> dict[str, Any]:
    todays = _is_todays(board.period)
    return {
        "line": _line(found.line),
        "above": _line(found.above) if found.above else None,
        "below": _line(found.below) if found.below else None,
        "points_missing": found.points_missing if todays else None,
        "patrols_missing": found.patrols_missing if todays else None,
        "points_ahead": found.points_ahead if todays else None,
        "heads_missing": found.heads_missing,
        "why": words.why(board.standings, found),
        "what_next": words.what_next(found) if todays else "",
    }


def _person(person: leaderboard_members.Person, squads: dict[UUID, str]) -> dict[str, Any]:
    return {
        "rank": person.rank,
        "name": person.name,
        "squad_name": squads.get(person.squad_id),
        "points": person.points,
        "deeds": person.deeds,
        "by_hand": person.by_hand,
        "own": person.own,
    }
