"""Pages of the leaderboards: squads, members, and the display on a wall."""

from datetime import date
from typing import Any, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

import members.queries
from core import clock
from core.auth import current_actor, public, requires
from points import board_words as words
from points import leaderboard, leaderboard_members
from points.leaderboard import Board, By, Period, PeriodKind

views = Blueprint("leaderboard_pages", __name__)

#: Squads on one page and on one wall; the own squad and its neighbours are shown in any case.
MOST_ON_PAGE = 100
MOST_ON_WALL = 16
WALL_REFRESH_SECONDS = 5
#: Nobody asks about days before; the calendar has no room before its first year.
FIRST_YEAR = 2000


@views.get("/leaderboard")
@requires("board.read")
def squads() -> ResponseReturnValue:
    """Squads, with the reader's own squad first."""
    board = _board(_day())
    own = leaderboard.outlook(board.standings, current_actor().squad_id, leaderboard.patrol_points())
    return render_template(
        "points/leaderboard.html",
        board=board,
        own=own,
        words=words,
        most=MOST_ON_PAGE,
        fewest=leaderboard.FEWEST_HEADS,
        by_hand=board.by_hand,
        **_around(board.period, of_squads=True),
    )


@views.get("/leaderboard/members")
@requires("board.read")
def persons() -> ResponseReturnValue:
    """Members who agreed to appear, and the reader's own place in the own squad."""
    actor = current_actor()
    period = leaderboard.asked_period(_season(), _day())
    reader = members.queries.facts(actor.member_id) if actor.member_id else None
    own = None
    if reader:
        own = leaderboard_members.own_place(period, reader.id, actor.squad_id)
    return render_template(
        "points/leaderboard_members.html",
        period=period,
        listed=leaderboard_members.listed_members(period, reader_id=actor.member_id),
        own=own,
        agreed=bool(reader and reader.listed),
        squads={squad.id: squad for squad in members.queries.squads()},
        words=words,
        **_around(period, of_squads=False),
    )


@views.get("/wall")
@public
def wall() -> ResponseReturnValue:
    """The board for a screen on a wall; while nobody has points yet, that of the last period in which somebody had.

    Open to everybody as an empty frame, because a screen shows who it is only by the token behind the "#" of its link,
    which browsers do not send: the frame's script asks again with it.
    """
    if not current_actor().may("wall.read"):
        return render_template("points/wall.html", board=None, every=WALL_REFRESH_SECONDS)
    board = _board(clock.today())
    if not any(line.points for line in board.standings.lines):
        earlier, _later = leaderboard.neighbours(board.period)
        past = _board(earlier) if earlier else board
        board = past if any(line.rank for line in past.standings.lines) else board
    latest = leaderboard_members.latest_thanks()
    names = {line.squad_id: line.name for line in board.standings.lines}
    return render_template(
        "points/wall.html",
        board=board,
        thanks=words.thanks(latest, names) if latest else "",
        now=clock.now(),
        zone=clock.zone().key,
        words=words,
        over=leaderboard.is_over(board.period),
        most=MOST_ON_WALL,
        every=WALL_REFRESH_SECONDS,
    )


def _board(day: date) -> Board:
    by = request.args.get("by")
    return leaderboard.squad_board(_season(), cast(By, by if by in {"head", "total"} else "head"), day)


def _day() -> date:
    """A day of the period that is asked for, in the programme's zone."""
    # As for the season: a day that means nothing, or has not come, is today.
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return clock.today()
    return min(asked, clock.today()) if asked.year >= FIRST_YEAR else clock.today()


def _around(period: Period, *, of_squads: bool) -> dict[str, Any]:
    """The periods before and after, for the way there, and whether this one is over."""
    earlier, later = (
        leaderboard.period(period.kind, each) if each else None
        for each in leaderboard.neighbours(period, of_squads=of_squads)
    )
    return {"earlier": earlier, "later": later, "over": leaderboard.is_over(period)}


def _season() -> PeriodKind:
    # An address with a word that means nothing shows the usual board: nobody is helped by an error page here.
    season: Any = request.args.get("season")
    return cast(PeriodKind, season if season in leaderboard.PERIOD_KINDS else "week")
