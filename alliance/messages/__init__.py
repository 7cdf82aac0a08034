"""Codes → sentences, in the reader's language: what happened, and what to do now.

The domain raises codes and data; words are chosen here, one module per package. A test holds the codes of all
`errors.py` and these tables together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alliance.messages import fields, general, members, outcomes, patrols, points

#: code → (what happened, what to do now); lazy, so that each reader gets his own language.
PROBLEMS: dict[str, tuple[Any, Any]] = {
    **general.PROBLEMS,
    **members.PROBLEMS,
    **points.PROBLEMS,
    **patrols.PROBLEMS,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One problem in words."""

    what: str
    remedy: str


class _Forgiving(dict[str, Any]):
    """A sentence must reach the reader even when a number for it is missing."""

    def __missing__(self, key: str) -> str:
        return "…"


def problem(code: str, data: Mapping[str, Any]) -> Sentence:
    """The sentences for `code`, filled with `data`."""
    what, remedy = PROBLEMS.get(code, PROBLEMS["refused"])
    values = _Forgiving(data)
    return Sentence(str(what) % values, str(remedy) % values)


def outcome(body: Mapping[str, Any]) -> outcomes.Outcome:
    """The sentences for the stored answer of a scan."""
    return outcomes.words(body)


def field(text: str) -> str:
    """A validation message of marshmallow in the reader's language."""
    return fields.words(text)
