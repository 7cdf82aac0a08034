"""Leaderboards in words: why a squad stands where it stands, what would change it, and how ranks come about.

Pages and the interface say the same sentences. All are made in the reader's language, inside a request.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from uuid import UUID

import flask_babel
from babel.dates import format_interval, format_skeleton
from flask_babel import format_decimal, get_locale

from core import clock
from points.leaderboard import AVERAGE_HEADS_ADDED, FEWEST_HEADS, Line, Outlook, Period, Standings
from points.leaderboard_members import OwnPlace, Thanks

_CENT = Decimal("0.01")


def _(sentence: str, **values: object) -> str:
    # flask_babel comes without types.
    return str(flask_babel.gettext(sentence, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """As flask_babel's, with types."""
    return str(flask_babel.ngettext(one, many, count, **values))


def rounded(value: Fraction) -> Decimal:
    """A value with two decimals, halves upwards. Ranks are decided by the exact value, never by this one."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_CENT, ROUND_HALF_UP)


def shown(standings: Standings, line: Line) -> str:
    """What stands behind a squad: points, or points per head with two decimals."""
    if standings.by == "total" or line.unranked == "too_small":
        return _number(line.points)
    return _decimal(line.value)


def unit(standings: Standings) -> str:
    """The unit of `shown`."""
    return _("points") if standings.by == "total" else _("points a head")


def season(period: Period) -> str:
    """The period's days, such as "16–22 Nov" (with the year when it is another one), or "since the beginning"."""
    if period.first is None or period.last is None:
        return _("since the beginning")
    if period.kind == "year":
        return str(format_skeleton("y", period.first, locale=get_locale() or "zh"))
    this_year = period.first.year == period.last.year == clock.today().year
    skeleton = "yMMM" if period.kind == "month" else "MMMd" if this_year else "yMMMd"
    return str(format_interval(period.first, period.last, skeleton, locale=get_locale()))


def why(standings: Standings, outlook: Outlook) -> str:
    """Why the squad stands where it stands, in one sentence."""
    line = outlook.line
    if line.unranked == "too_small":
        return _(
            "Per head, squads are ranked from %(fewest)s active members; this squad has %(heads)s.",
            fewest=FEWEST_HEADS,
            heads=line.heads,
        )
    if line.rank is None:
        return _("No points in this period.")
    if standings.by == "total":
        return _(
            "Place %(rank)s: all members together have earned %(points)s.",
            rank=line.rank,
            points=_points(line.points),
        )
    return _(
        "Place %(rank)s: %(points)s by %(heads)s, reckoned as %(value)s a head.",
        rank=line.rank,
        points=_points(line.points),
        heads=_heads(line.heads),
        value=_decimal(line.value),
    )


def what_next(outlook: Outlook) -> str:
    """What would lift the squad, or how safe the first place is, in a sentence; empty when there is nothing to say."""
    line = outlook.line
    if outlook.heads_missing:
        return ngettext(
            "One more active member and it is ranked.",
            "%(num)s more active members and it is ranked.",
            outlook.heads_missing,
        )
    if line.rank is None:
        return _("The first good deed puts it on the board.")
    if outlook.points_missing is not None and outlook.above is not None:
        return _(
            "%(missing)s would make place %(rank)s, past %(above)s.",
            missing=_missing(outlook.points_missing, outlook.patrols_missing),
            rank=line.rank - 1,
            above=outlook.above.name,
        )
    if outlook.below is not None and outlook.points_ahead is not None:
        return _(
            "In front of all. %(below)s would need %(points)s to pass.",
            below=outlook.below.name,
            points=_points(outlook.points_ahead),
        )
    return ""


def formula(standings: Standings) -> str:
    """How values per head are reckoned, with today's numbers."""
    return _(
        "Value = (points + %(added)s × average) ÷ (active members + %(added)s). The average of all squads is "
        "%(mean)s points a head: %(points)s points by %(heads)s members.",
        added=AVERAGE_HEADS_ADDED,
        mean=_decimal(standings.mean),
        points=_number(standings.mean_points),
        heads=_number(standings.mean_heads),
    )


def example(standings: Standings, line: Line) -> str:
    """The formula with the numbers of one squad."""
    return _(
        "%(squad)s: (%(points)s + %(added)s × %(mean)s) ÷ (%(heads)s + %(added)s) = %(value)s",
        squad=line.name,
        points=_number(line.points),
        added=AVERAGE_HEADS_ADDED,
        mean=_decimal(standings.mean),
        heads=line.heads,
        value=_decimal(line.value),
    )


def own_place(place: OwnPlace, *, over: bool = False) -> str:
    """A member's own place in the own squad or among those without one, for himself only.

    While the period is not `over`, with what would be the next place.
    """
    if not place.in_squad:
        return _own_place_without_squad(place, over=over)
    if place.points_missing is None:
        return ngettext(
            "The first to have earned points for your squad in this period.",
            "First among %(num)s members of your squad who earned points.",
            place.of,
        )
    if over:
        return _(
            "You were number %(rank)s of %(of)s in your squad who earned points.",
            rank=place.rank,
            of=place.of,
        )
    return _(
        "You are number %(rank)s of %(of)s in your squad who earned points. %(missing)s would be the next place.",
        rank=place.rank,
        of=place.of,
        missing=_more_points(place.points_missing),
    )


def _own_place_without_squad(place: OwnPlace, *, over: bool) -> str:
    if place.points_missing is None:
        return ngettext(
            "The first of those without a squad to have earned points in this period.",
            "First among %(num)s members without a squad who earned points.",
            place.of,
        )
    if over:
        return _(
            "You were number %(rank)s of %(of)s without a squad who earned points.",
            rank=place.rank,
            of=place.of,
        )
    return _(
        "You are number %(rank)s of %(of)s without a squad who earned points. %(missing)s would be the next place.",
        rank=place.rank,
        of=place.of,
        missing=_more_points(place.points_missing),
    )


def thanks(latest: Thanks, squads: Mapping[UUID, str]) -> str:
    """The latest thanks, as the wall shows it."""
    squad = squads.get(latest.squad_id) if latest.squad_id else None
    who = latest.name or _("a member")
    return _(
        "Thank you, %(who)s: %(deed)s, +%(points)s",
        who=f"{squad} · {who}" if squad else who,
        deed=latest.rule_name_zh if str(get_locale()).startswith("zh") else latest.rule_name_en,
        points=latest.points,
    )


def _missing(points: int, patrols: int | None) -> str:
    if patrols is None:
        return _more_points(points)
    return _(
        "%(points)s (%(patrols)s)",
        points=_more_points(points),
        patrols=ngettext("one patrol", "%(num)s patrols", patrols),
    )


def _more_points(points: int) -> str:
    return ngettext("One more point", "%(num)s more points", points)


def _points(points: int) -> str:
    return ngettext("%(number)s point", "%(number)s points", points, number=_number(points))


def _heads(heads: int) -> str:
    return ngettext("%(num)s active member", "%(num)s active members", heads)


def _number(number: int) -> str:
    return str(format_decimal(number))


def _decimal(value: Fraction) -> str:
    return str(format_decimal(rounded(value), format="#,##0.00"))
