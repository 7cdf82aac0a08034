"""Lines of a statement and rules of the tariff in plain words, in the reader's language."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

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
    ("payback", True): _("Paid back in money"),
    ("gift", True): _("Gift received"),
    ("gift", False): _("Gift given"),
    ("advance", True): _("Was already spent: noted as owed"),
    ("repay", False): _("Repaid what was owed"),
    ("reversal", True): _("Given back"),
    ("reversal", False): _("Taken back"),
    ("give", True): _("Points from a partner shop"),
    ("give", False): _("Given to a member"),
    ("grant", True): _("Granted by the alliance"),
    ("ungrant", False): _("Taken back by the alliance"),
}
#: The same for two memberships of one person that were made one, or taken apart again.
_MERGED = {
    ("gift", True): _("Came over from a second membership"),
    ("gift", False): _("Went over to the kept membership"),
    ("reversal", True): _("Came back: two memberships again"),
    ("reversal", False): _("Went back: two memberships again"),
}
#: The same for a reservation by what became of it: (finished by, subject).
_SPENT = {
    ("pay", "charge"): _("Paid at a partner shop"),
    ("pay", "redemption"): _("Redeemed at a partner shop"),
    ("release", "redemption"): _("Redeemed at the police room"),
}
#: The same for a reversal by what it took back: (kind of the original, came in).
_REVERSED = {
    ("pay", False): _("Given back to the member"),
    ("give", False): _("Gift of a shop taken back"),
    ("give", True): _("Gift taken back"),
}
#: What they say when the name of the shop or the reward is known.
_NAMED_SPENT = {
    ("pay", "charge"): _("Paid at %(name)s"),
    ("pay", "redemption"): _("Redeemed: %(name)s"),
    ("release", "redemption"): _("Redeemed: %(name)s"),
}
_NAMED = {
    ("spend", False): _("Held for %(name)s"),
    ("give", True): _("Points from %(name)s"),
}
_NAMED_REVERSED = {
    ("spend", True): _("Given back: %(name)s"),
    ("give", False): _("Gift of %(name)s taken back"),
}

#: Ids of subjects → their names, in Chinese alone or in Chinese and English; unknown ones may be left out.
Names = Callable[[list[UUID]], Mapping[UUID, str | tuple[str, str]]]
_NAMES: dict[str, Names] = {}


def name_subject(subject_type: str, names: Names) -> None:
    """Let statements say at which shop, for which reward: `names` knows subjects of this type. May be repeated."""
    _NAMES[subject_type] = names


def with_names(lines: Iterable[StatementLine]) -> list[StatementLine]:
    """The lines with the names of what they were about, as far as anybody knows them; one question for each type."""
    lines = list(lines)
    asked: dict[str, set[UUID]] = defaultdict(set)
    for line in lines:
        if line.subject_type in _NAMES and line.subject_id is not None:
            asked[line.subject_type].add(line.subject_id)
    known: dict[tuple[str, UUID | None], str] = {}
    for subject_type, ids in asked.items():
        for subject_id, name in _NAMES[subject_type](list(ids)).items():
            known[subject_type, subject_id] = _in_language(name)
    return [replace(line, subject_name=known.get((line.subject_type, line.subject_id), "")) for line in lines]


def _in_language(name: str | tuple[str, str]) -> str:
    if isinstance(name, str):
        return name
    chinese, english = name
    return english if english and str(get_locale()).startswith("en") else chinese


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
    came_in = line.points > 0
    if line.subject_type == "merge" and line.kind in {"gift", "reversal"}:
        return str(_MERGED[line.kind, came_in])
    spent, reversed_ = (line.finished_by or "", line.subject_type), (line.reverses_kind or "", came_in)
    named = _NAMED_SPENT.get(spent) or _NAMED_REVERSED.get(reversed_) or _NAMED.get((line.kind, came_in))
    if line.subject_name and named:
        return str(named) % {"name": line.subject_name}
    title = _SPENT.get(spent) or _REVERSED.get(reversed_) or _TITLES.get((line.kind, came_in))
    return str(title or _TITLES["reversal", came_in])


def line_note(line: StatementLine) -> str:
    """What else is worth knowing about a line: that it was entered by hand or taken back, and its note."""
    parts = [line.memo]
    if line.kind == "earn" and line.subject_type == "award":
        seconded = line.subject_id is not None
        parts.insert(0, gettext("entered by hand, two people") if seconded else gettext("entered by hand"))
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
        return str(format_date(on, gettext("d MMMM")))
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
