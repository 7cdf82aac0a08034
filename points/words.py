"""Lines of a statement and rules of the tariff in plain words, in the reader's language."""

from datetime import date, timedelta

from flask_babel import format_date, get_locale, gettext
from flask_babel import lazy_gettext as _

from core import clock
from points.queries import StatementLine
from points.rules import Rule

CATEGORIES = {
    "patrol": _("Patrols"),
    "report": _("Leads and hazards"),
    "care": _("Care for neighbours"),
    "publicity": _("Publicity"),
    "mediation": _("Mediation"),
    "rental": _("Registering rented homes"),
    "bill": _("Paying bills at the police room"),
    "training": _("Training"),
    "other": _("Other good deeds"),
    "shop": _("What partner shops do"),
}
#: (kind, came in) → what it says when no rule tells more.
_TITLES = {
    ("earn", True): _("Good deed"),
    ("spend", False): _("Reserved for something you chose"),
    ("pay", True): _("Points taken as payment"),
    ("expire", False): _("Expired at the end of their year"),
    ("settle", False): _("Paid out in money"),
    ("gift", True): _("Gift received"),
    ("gift", False): _("Gift given"),
    ("advance", True): _("Was already spent: noted as owed"),
    ("repay", False): _("Repaid what was owed"),
    ("reversal", True): _("Given back"),
    ("reversal", False): _("Taken back"),
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
        return str(gettext("Award withdrawn: %(deed)s", deed=rule_name(line.rule)))
    title = _TITLES.get((line.kind, line.points > 0), _TITLES["reversal", line.points > 0])
    return str(title)


def line_note(line: StatementLine) -> str:
    """What else is worth knowing about a line: that it was withdrawn, and the note that was written with it."""
    parts = [line.memo]
    if line.reversed_by is not None:
        parts.insert(0, gettext("withdrawn") if line.kind == "earn" else gettext("given back"))
    return " · ".join(part for part in parts if part)


def day(on: date) -> str:
    """A day as people say it: today, yesterday, 18 November, with the year when it is another one."""
    today = clock.today()
    if on == today:
        return str(gettext("Today"))
    if on == today - timedelta(days=1):
        return str(gettext("Yesterday"))
    if on.year == today.year:
        return str(format_date(on, gettext("MMMM d")))
    return str(format_date(on, "long"))


def caps(rule: Rule) -> str:
    """How often the rule pays; empty without a cap."""
    parts = []
    if rule.daily_cap is not None:
        parts.append(gettext("at most %(times)s a day", times=rule.daily_cap))
    if rule.weekly_cap is not None:
        parts.append(gettext("at most %(times)s a week", times=rule.weekly_cap))
    return str(gettext(", ")).join(parts)


def validity(rule: Rule) -> str:
    """From when until when the rule pays, as far as that is worth saying."""
    today = clock.today()
    parts = []
    if rule.valid_from > today:
        parts.append(gettext("from %(day)s", day=format_date(rule.valid_from, "long")))
    if rule.last_day is not None:
        parts.append(gettext("until %(day)s", day=format_date(rule.last_day, "long")))
    return " ".join(parts)
