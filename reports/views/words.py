"""Reports in plain words, in the reader's language: kinds, questions, steps, and how long something waits."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import format_date, format_datetime, format_time, gettext, ngettext
from flask_babel import lazy_gettext as _

import members.queries
from core import clock
from reports.queries import Course, DeskReport, ReportLine, Step
from reports.rules.handling import OPEN_STATES


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of report is shown: its name, one line about it, its picture, what is asked, what must come first."""

    name: Any
    line: Any
    icon: str
    ask: Any
    hint: Any
    first: Any = ""


KINDS = {
    "hazard": Look(
        _("Hazard"),
        _("Blocked exits, loose cables, broken lamps, fire risks"),
        "warning",
        _("What is dangerous there?"),
        _("For example: bicycles stand in the way of the fire door on the ground floor."),
    ),
    "dispute": Look(
        _("Dispute"),
        _("Neighbours, family, noise, money: somebody who listens to both"),
        "people",
        _("What is it about?"),
        _("For example: every night loud music from upstairs; talking did not help."),
    ),
    "scam": Look(
        _("Suspected scam"),
        _("Calls, messages, links, visitors at the door"),
        "phone",
        _("What did they say or want?"),
        _("For example: somebody called, said he was from the bank and asked for a code."),
        _("Money already sent? Call 110 at once: in the first half hour it can often be stopped."),
    ),
    "suspicious": Look(
        _("Something suspicious"),
        _("People, cars or things that do not belong there"),
        "search",
        _("What did you see?"),
        _("What, when, how many, what they looked like. Do not go near and do not follow anybody."),
    ),
    "rented": Look(
        _("Rented home"),
        _("You let a home, or somebody new has moved in"),
        "home",
        _("What else should we know about the home?"),
        _("For example: let since March, to three people, by an agent."),
    ),
    "other": Look(
        _("Something else"),
        _("Whatever fits nowhere else"),
        "flag",
        _("What do you want to tell?"),
        _("Just as you would say it to somebody."),
    ),
}

#: By name or without, and what each means.
NAMED = {"yes": _("With my name"), "no": _("Without my name")}
NAMED_NOTES = {
    "yes": _(
        "The desk sees your name and may ask you; nobody else does. "
        "Points come to you by themselves if it proves useful."
    ),
    "no": _(
        "We keep neither name nor telephone, neither address nor exact time. "
        "You get a number and a password to look what came of it, and to collect points."
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a short form: the question, a hint, and its answers by their codes."""

    text: Any
    hint: Any = ""
    choices: Any = None


YES_NO = {"yes": _("Yes"), "no": _("No")}

#: kind → question → how it is asked.
QUESTIONS: dict[str, dict[str, Asked]] = {
    "hazard": {
        "what": Asked(
            _("What kind of hazard?"),
            choices={
                "fire": _("Fire risk"),
                "electricity": _("Electricity, cables"),
                "gas": _("Gas"),
                "blocked_way": _("Blocked way or exit"),
                "building": _("Building, lift, staircase"),
                "road": _("Road and traffic"),
                "water": _("Water leaks, flooding"),
                "other": _("Something else"),
            },
        ),
        "urgent": Asked(_("Could somebody be hurt today?"), choices=YES_NO),
        "responsible": Asked(
            _("Who should put it right?"), _("If you know it: the property company, a shop, a neighbour.")
        ),
    },
    "dispute": {
        "between": Asked(
            _("Between whom?"),
            choices={
                "neighbours": _("Neighbours"),
                "family": _("Family"),
                "landlord": _("Landlord and tenant"),
                "shop": _("Shop and customer"),
                "work": _("At work, wages"),
                "other": _("Others"),
            },
        ),
        "now": Asked(_("Is there a quarrel just now?"), choices=YES_NO),
        "tried_before": Asked(_("Has somebody tried to mediate before?"), choices=YES_NO),
    },
    "scam": {
        "channel": Asked(
            _("How did they reach you?"),
            choices={
                "telephone": _("By telephone"),
                "message": _("By message"),
                "internet": _("On the internet"),
                "doorstep": _("At the door"),
                "other": _("Some other way"),
            },
        ),
        "money_paid": Asked(_("Has money been sent already?"), choices=YES_NO),
        "contact": Asked(
            _("Their number, account or address?"), _("As you saw it on the telephone or in the message.")
        ),
    },
    "suspicious": {
        "what": Asked(
            _("Whom or what?"),
            choices={
                "person": _("A person"),
                "vehicle": _("A vehicle"),
                "gathering": _("A gathering"),
                "object": _("A thing left behind"),
                "other": _("Something else"),
            },
        ),
        "seen": Asked(
            _("When did you see it?"),
            choices={
                "now": _("Just now"),
                "today": _("Earlier today"),
                "earlier": _("On an earlier day"),
                "often": _("Again and again"),
            },
        ),
    },
    "rented": {
        "dwelling": Asked(_("Which home?"), _("Building, staircase, flat: for example 3-2-502.")),
        "tenants": Asked(_("How many people live there?")),
        "owner_agrees": Asked(_("Does the owner know that you tell it?"), choices=YES_NO),
    },
}

STATES = {
    "received": _("received"),
    "assigned": _("in hand"),
    "checked": _("looked at on site"),
    "resolved": _("resolved"),
    "passed_on": _("passed on"),
    "followed_up": _("asked again"),
    "closed": _("finished"),
}
STATE_TONES = {
    "received": "warn",
    "assigned": "calm",
    "checked": "calm",
    "resolved": "ok",
    "passed_on": "calm",
    "followed_up": "ok",
    "closed": "",
}
TABS = {
    "new": _("New"),
    "mine": _("Mine"),
    "open": _("All open"),
    "overdue": _("Overdue"),
    "recheck": _("To re-check"),
    "closed": _("Finished"),
}
UTILITIES = {"water": _("Water bill"), "electricity": _("Electricity bill"), "gas": _("Gas bill")}
#: An empty list of the desk: what it means.
EMPTY = {
    "new": (_("Nothing new"), _("What residents tell appears here until somebody takes it.")),
    "mine": (_("Nothing of yours"), _("Reports that you take care of stand here until they are finished.")),
    "overdue": (_("Nothing overdue"), _("No dispute stays overnight, no hazard stays past its day.")),
    "recheck": (
        _("Nothing to look at again"),
        _("Hazards and people to ask again appear here on their day."),
    ),
    "open": (_("Nothing open"), _("All that residents have told is finished.")),
    "closed": (_("Nothing finished yet"), _("Finished reports are kept here.")),
}
#: What the desk can do with a report.
ACTS = {
    "assign": _("Take it or give it to somebody"),
    "check": _("Looked at on site"),
    "resolve": _("Resolved"),
    "pass_on": _("Passed on"),
    "follow_up": _("Asked again whether it holds"),
    "close": _("Finish"),
    "hazard": _("Who is responsible, until when"),
    "recheck": _("Looked at again"),
    "note": _("Tell the reporter something, or note it"),
    "duplicate": _("The same was told before"),
    "open": _("Open the words"),
    "judge": _("Was it useful?"),
}
#: Acts with a note for the reporter, and what it is for.
WITH_NOTES = {
    "assign": "",
    "check": _("What did you find?"),
    "resolve": _("What was done? The reporter reads this."),
    "pass_on": "",
    "follow_up": _("Does it hold?"),
    "close": "",
    "recheck": "",
    "note": "",
    "duplicate": "",
}
_STEPS = {
    "assigned": _("Somebody takes care of it"),
    "checked": _("Looked at on site"),
    "resolved": _("Resolved"),
    "passed_on": _("Passed on to those responsible"),
    "followed_up": _("Asked again whether it holds"),
    "closed": _("Finished"),
    "noted": _("A word from the desk"),
    "hazard": _("Settled who puts it right, and by when"),
    "rechecked": _("Looked at again"),
    "judged": _("Looked at whether it was useful"),
    "duplicate": _("The same was told before; both are looked after together"),
    "registered": _("The home is registered"),
}
#: What comes after each state, as far as the reporter cares.
_AHEAD = {
    "received": ("assigned", "resolved"),
    "assigned": ("resolved", "followed_up"),
    "checked": ("resolved", "followed_up"),
    "resolved": ("followed_up",),
    "passed_on": ("followed_up",),
    "followed_up": ("closed",),
    "closed": (),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a course. `mark`: done, next or open. `inner` is for the desk only."""

    mark: str
    title: str
    when: str = ""
    who: str = ""
    note: str = ""
    inner: str = ""


@dataclass(frozen=True, slots=True)
class Age:
    """How long something waits, in colour, picture and words."""

    text: str
    tone: str
    icon: str
    note: str = ""


def course(report: Course) -> list[Event]:
    """What happened to a report, as its reporter reads it, and what comes next."""
    return [_received(report), *(_event(each) for each in report.steps), *_ahead(report.state)]


def course_at_desk(report: DeskReport, names: Mapping[UUID, str]) -> list[Event]:
    """The same with who did it and what the desk has noted for itself. `names`: of the staff."""
    done = (_event(each, names.get(each.actor_id, "") if each.actor_id else "") for each in report.steps)
    return [_received(report.line), *done, *_ahead(report.line.state)]


def _received(report: Course | ReportLine) -> Event:
    return Event("done", gettext("We have received it"), day(report))


def _event(step: Step, who: str = "") -> Event:
    when = moment(step.at) if step.at else date(step.on)
    return Event("done", str(_STEPS[step.step]), when, who, step.public_note, step.note)


def _ahead(state: str) -> list[Event]:
    marks = ("next", "open")
    return [Event(mark, str(_STEPS[each])) for mark, each in zip(marks, _AHEAD[state], strict=False)]


def age(line: ReportLine) -> Age | None:
    """The ageing clock of a report that is open, None for one that needs nothing more."""
    if line.state not in OPEN_STATES:
        return None
    waits = _waits(line)
    if line.overdue:
        return Age(gettext("overdue"), "refuse", "alert", waits)
    if line.due_on == clock.today():
        return Age(gettext("today, before night"), "warn", "clock", waits)
    return Age(gettext("due by %(day)s", day=date(line.due_on)), "ok", "clock", waits)


def _waits(line: ReportLine) -> str:
    days = (clock.today() - line.received_on).days
    if days:
        return ngettext("waits since yesterday", "waits for %(num)s days", days)
    if line.received_at is None or not line.hours_open:
        return gettext("came in today")
    return ngettext("waits for one hour", "waits for %(num)s hours", line.hours_open)


def told(kind: str, answers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """The answers of the short form, as questions and answers."""
    asked = QUESTIONS.get(kind, {})
    found = []
    for code, answer in (answers or {}).items():
        if code in asked:
            choices = asked[code].choices
            found.append((str(asked[code].text), str(choices.get(answer, answer)) if choices else answer))
    return found


def place(report: Course | ReportLine, names: Mapping[UUID, str] | None = None) -> str:
    """Where it is: area and words. A list hands in the names of areas, so that they are not read for each line."""
    if names is None:
        names = members.queries.area_names() if report.area_id else {}
    area = names.get(report.area_id) if report.area_id else None
    return " · ".join(part for part in (area, report.place) if part)


def earned(body: Mapping[str, Any]) -> str:
    """What an act at the desk has brought: points, or why not."""
    if body.get("points"):
        return gettext("+%(points)s points are on the account.", points=body["points"])
    if body.get("unpaid"):
        return gettext(
            "No points this time: the limit of the tariff is reached, or the member is not active."
        )
    return ""


def day(report: Course | ReportLine) -> str:
    """When it came in; only the day when it has no name."""
    return moment(report.received_at) if report.received_at else date(report.received_on)


def date(on: dt.date) -> str:
    """A day, without its year when it is this one."""
    return format_date(on, gettext("d MMMM") if on.year == clock.today().year else "long", rebase=False)


def moment(at: dt.datetime) -> str:
    """A time of the programme's zone with its day."""
    return format_datetime(clock.local(at), gettext("d MMMM, HH:mm"), rebase=False)


def time(at: dt.datetime) -> str:
    """A time of the programme's zone, without its day."""
    return format_time(clock.local(at), "HH:mm", rebase=False)


def money(fen: int) -> str:
    """Fen as yuan."""
    return f"¥{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
