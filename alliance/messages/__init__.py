"""Codes → sentences, in the reader's language: what happened, and what to do now.

The domain raises codes and data; words are chosen here, one module per package. A test holds the codes of all
`errors.py` and these tables together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import format_datetime, ngettext
from flask_babel import gettext as _

from alliance.messages import (
    activities,
    admission,
    fields,
    general,
    goals,
    honours,
    members,
    merchants,
    notices,
    outcomes,
    patrols,
    points,
    reports,
    rewards,
    settlements,
)
from core import clock

#: code → (what happened, what to do now); lazy, so that each reader gets his own language.
PROBLEMS: dict[str, tuple[Any, Any]] = {
    **general.PROBLEMS,
    **members.PROBLEMS,
    **points.PROBLEMS,
    **patrols.PROBLEMS,
    **rewards.PROBLEMS,
    **reports.PROBLEMS,
    **merchants.PROBLEMS,
    **settlements.PROBLEMS,
    **honours.PROBLEMS,
    **goals.PROBLEMS,
    **notices.PROBLEMS,
    **activities.PROBLEMS,
    **admission.PROBLEMS,
}


#: Seconds of a minute, and minutes of an hour.
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Sentence:
    """One problem in words. `says_why`: they are those of the very reason."""

    what: str
    remedy: str
    says_why: bool = False


class _Forgiving(dict[str, Any]):
    """A sentence must reach the reader even when a number for it is missing."""

    def __missing__(self, key: str) -> str:
        return "…"


def problem(code: str, data: Mapping[str, Any]) -> Sentence:
    """The sentences for `code`, filled with `data`; some codes have others for each `reason`."""
    general = PROBLEMS.get(code, PROBLEMS["refused"])
    by_reason = PROBLEMS.get(f"{code}.{data.get('reason')}")
    what, remedy = by_reason or general
    values = _Forgiving({name: _told(name, value) for name, value in data.items()})
    return Sentence(str(what) % values, str(remedy) % values, by_reason is not None)


def _told(name: str, value: Any) -> Any:
    """A value as people say it: several in a row, a moment in our zone, a span; the police room, which is no shop."""
    if name == "retry_after" and isinstance(value, int):
        return _span(value)
    if isinstance(value, list):
        return str(_(", ")).join(map(str, value))
    if name == "where" and value == "":
        return str(_("the police room"))
    if name == "at" and isinstance(value, str):
        at = clock.local(datetime.fromisoformat(value))
        return format_datetime(at, _("d MMMM, HH:mm"), rebase=False)
    return value


def _span(seconds: int) -> str:
    """So long as somebody has to wait: nobody counts 2,400 seconds. Rounded up."""
    if seconds < _MINUTE:
        return str(ngettext("%(num)s second", "%(num)s seconds", seconds))
    minutes = math.ceil(seconds / _MINUTE)
    if minutes < _MINUTE:
        return str(ngettext("%(num)s minute", "%(num)s minutes", minutes))
    return str(ngettext("%(num)s hour", "%(num)s hours", math.ceil(minutes / _MINUTE)))


def outcome(body: Mapping[str, Any]) -> outcomes.Outcome:
    """The sentences for the stored answer of a scan."""
    return outcomes.words(body)


def field(text: str) -> fields.Told:
    """A validation message of marshmallow: its code, and the sentence in the reader's language."""
    return fields.told(text)
