"""States, ends and oddities of rounds in the reader's language."""

from typing import Any

from flask_babel import format_datetime, format_time, gettext, ngettext
from flask_babel import lazy_gettext as _lazy

from patrols.queries import OtherRound, RoundFlagView, RoundView, StopView, WalkerView

#: state → word and tone.
_STATES = {
    "open": (_lazy("under way"), "calm"),
    "completed": (_lazy("complete"), "ok"),
    "held": (_lazy("waits for a look"), "warn"),
    "incomplete": (_lazy("not complete"), ""),
    "dismissed": (_lazy("not accepted"), "refuse"),
}
_FLAGS = {
    "too_fast": _lazy("too fast"),
    "shared_device": _lazy("one phone, several members"),
    "skewed_clock": _lazy("clock off"),
    "outside_hours": _lazy("outside hours"),
    "staff_walker": _lazy("staff walked along"),
    "typed_only": _lazy("code typed, no point scanned"),
    "two_rounds": _lazy("two rounds at the same time"),
}
_OUTCOMES = {
    "paid": _lazy("paid"),
    "capped": _lazy("no points: the daily or weekly limit is reached"),
    "not_in_tariff": _lazy("no points: the rule is not in force"),
    "absent": _lazy("not there for enough points"),
    "not_active": _lazy("no points: suspended or no longer a member"),
    "held": _lazy("waits for a coordinator"),
    "incomplete": _lazy("not complete"),
    "dismissed": _lazy("not accepted"),
}
#: The lists of the desk.
LISTS = {
    "today": _lazy("Today"),
    "open": _lazy("Under way"),
    "overdue": _lazy("Open too long"),
    "held": _lazy("To judge"),
    "all": _lazy("All"),
}


def _(text: str, **values: Any) -> str:
    return str(gettext(text, **values))


def state(code: str) -> str:
    """A state in one word."""
    return str(_STATES[code][0])


def tone(code: str) -> str:
    """The tone of a state's badge."""
    return _STATES[code][1]


def flag(kind: str) -> str:
    """An oddity in two words."""
    return str(_FLAGS[kind])


def outcome(code: str | None) -> str:
    """What a round brought a walker; empty while it is under way."""
    return str(_OUTCOMES[code]) if code else ""


def since(walker: WalkerView) -> str:
    """Since or until when somebody walks along."""
    if walker.left_at:
        return _("left at %(time)s", time=format_time(walker.left_at, "short"))
    return _("since %(time)s", time=format_time(walker.joined_at, "short"))


def at_the_desk(walker: WalkerView) -> str:
    """What a round brought a walker, before that since when he walks, and whether nothing shows that he did."""
    note = outcome(walker.outcome) or since(walker)
    return f"{note} · {flag('typed_only')}" if walker.is_unseen else note


def reason(found: RoundFlagView) -> str:
    """An oddity as a sentence with its numbers."""
    data: dict[str, Any] = found.data
    if found.kind == "too_fast":
        return _(
            "From %(start)s to %(end)s, %(metres)s metres in %(seconds)s seconds: faster than anybody walks.",
            **data,
        )
    if found.kind == "skewed_clock":
        minutes = max(1, round(abs(data.get("seconds", 0)) / 60))
        return str(
            ngettext(
                "At %(where)s the phone's clock was %(num)s minute off.",
                "At %(where)s the phone's clock was %(num)s minutes off.",
                minutes,
                where=found.where or "",
            )
        )
    if found.kind == "outside_hours":
        return _(
            "%(where)s was visited at %(at)s; the route closes at %(closes_at)s.", where=found.where, **data
        )
    if found.kind == "staff_walker":
        return _("Somebody who decides about rounds or routes walked along, so a second person looks at it.")
    if found.kind == "typed_only":
        return _(
            "Somebody joined by typing the captain's code, which can be told over the telephone, and scanned no point. "
            "Below it says who."
        )
    if found.kind == "two_rounds":
        return _two_rounds(found.other)
    if found.where:
        return _("At %(where)s a phone was used that another member used on the same day.", where=found.where)
    return _("One phone was used for several members of this round.")


def _two_rounds(other: OtherRound | None) -> str:
    if other is None:
        return _("Somebody also walked another round at the same time, or too soon before or after this one.")
    return _(
        "%(names)s also walked %(route)s, from %(start)s to %(end)s: at the same time, or too soon before or after "
        "this round.",
        names=_(", ").join(other.names) or "—",
        route=other.route,
        start=format_datetime(other.opened_at, "short"),
        end=format_time(other.ended_at, "short") if other.ended_at else _("now"),
    )


def end(view: RoundView) -> str:
    """How the round ended."""
    if view.ended_how == "time_out":
        return _("Ended by itself after its time was over.")
    if view.ended_how == "hand":
        return _("Ended by hand.")
    return _("Ended with the last point.") if view.ended_how else ""


def stops(view: RoundView) -> list[dict[str, str]]:
    """The points as `trail` of templates/parts/boards.html wants them."""
    return [{"title": each.name, "note": _stop_note(each), "state": each.state} for each in view.stops]


def _stop_note(stop: StopView) -> str:
    if stop.visited_at is None:
        return stop.hint
    parts = [format_time(stop.visited_at, "short"), stop.visited_by or ""]
    if stop.arrived_late:
        parts.append(_("arrived later"))
    return " · ".join(part for part in parts if part)


def duration(minutes: int) -> str:
    """Minutes as hours and minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(ngettext("%(num)s minute", "%(num)s minutes", rest))
    return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
