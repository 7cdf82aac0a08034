"""Lines of a statement and rules of the tariff in plain words, in the reader's language."""

from datetime import date, timedelta

from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

from core import clock
from points.queries import StatementLine
from points.rules import Rule

CATEGORIES = {
    "patrol": _lazy("Patrols"),
    "report": _lazy("Leads and hazards"),
    "care": _lazy("Care for neighbours"),
    "publicity": _lazy("Publicity"),
    "mediation": _lazy("Mediation"),
    "rental": _lazy("Registering rented homes"),
    "bill": _lazy("Paying bills at the police room"),
    "training": _lazy("Training"),
    "other": _lazy("Other good deeds"),
}
#: (kind, came in) → what it says when no rule tells more.
_TITLES = {
    ("earn", True): _lazy("Good deed"),
    ("spend", False): _lazy("Reserved for something you chose"),
    ("pay", True): _lazy("Points taken as payment"),
    ("expire", False): _lazy("Expired at the end of their year"),
    ("settle", False): _lazy("Paid out in money"),
    ("gift", True): _lazy("Gift received"),
    ("gift", False): _lazy("Gift given"),
    ("advance", True): _lazy("Was already spent: noted as owed"),
    ("repay", False): _lazy("Repaid what was owed"),
    ("reversal", True): _lazy("Given back"),
    ("reversal", False): _lazy("Taken back"),
}


def category(code: str) -> str:
    """A category of the tariff in words."""
    return str(CATEGORIES[code])


def rule_name(rule: Rule) -> str:
    """The rule's name in the reader's language."""
    return rule.name_en if str(get_locale()).startswith("en") else rule.name_zh


def line_title(line: StatementLine) -> str:
    """What happened, in a few words."""
    if line.rule is not None and line.kind == "earn":
        return rule_name(line.rule)
    if line.rule is not None and line.kind == "reversal":
        return str(_("Award withdrawn: %(deed)s", deed=rule_name(line.rule)))
    title = _TITLES.get((line.kind, line.points > 0), _TITLES["reversal", line.points > 0])
    return str(title)


def line_note(line: StatementLine) -> str:
    """What else is worth knowing about a line: that it was withdrawn, and the note that was written with it."""
    parts = [line.memo]
    if line.reversed_by is not None:
        parts.insert(0, _("withdrawn") if line.kind == "earn" else _("given back"))
    return " · ".join(part for part in parts if part)


def day(on: date) -> str:
    """A day as people say it: today, yesterday, 18 November, with the year when it is another one."""
    today = clock.today()
    if on == today:
        return str(_("Today"))
    if on == today - timedelta(days=1):
        return str(_("Yesterday"))
    if on.year == today.year:
        return str(format_date(on, _("MMMM d")))
    return str(format_date(on, "long"))


def caps(rule: Rule) -> str:
    """How often the rule pays; empty without a cap."""
    parts = []
    if rule.daily_cap is not None:
        parts.append(_("at most %(times)s a day", times=rule.daily_cap))
    if rule.weekly_cap is not None:
        parts.append(_("at most %(times)s a week", times=rule.weekly_cap))
    return str(_(", ")).join(parts)


def validity(rule: Rule) -> str:
    """From when until when the rule pays, as far as that is worth saying."""
    today = clock.today()
    parts = []
    if rule.valid_from > today:
        parts.append(_("from %(day)s", day=format_date(rule.valid_from, "long")))
    if rule.last_day is not None:
        parts.append(_("until %(day)s", day=format_date(rule.last_day, "long")))
    return " ".join(parts)
