"""Pure decisions about notices: what may stand in one, for how long, and which areas it reaches."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core import texts
from notices.errors import NoticeInvalid

AUDIENCES: Final = ("everybody", "squads", "areas")
STATES: Final = ("open", "withdrawn", "replaced")
LONGEST_TITLE: Final = 60
LONGEST_TEXT: Final = 2000
LONGEST_REASON: Final = 200
#: Most squads or areas that are named one by one; more than that is everybody.
MOST_TARGETS: Final = 200
#: A notice is news: what holds for longer belongs on another page.
LONGEST_DAYS: Final = 366
#: How far ahead a notice may begin.
FURTHEST_DAYS: Final = 366
#: Open notices of one captain at a time: more are not read.
MOST_OF_A_CAPTAIN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A notice as somebody wants it. Days are days of the programme's zone, both of them included."""

    title_zh: str
    text_zh: str
    title_en: str = ""
    text_en: str = ""
    audience: str = "everybody"
    squad_ids: tuple[UUID, ...] = ()
    area_ids: tuple[UUID, ...] = ()
    first_day: date
    last_day: date
    pinned: bool = False


def clean(wish: Wish, today: date, since: date | None = None) -> Wish:
    """The wish with tidy texts and each squad and area once. Raises `NoticeInvalid`.

    `since`: the first day of the notice that is corrected, which may stay although it is past.
    """
    english = bool(wish.title_en.strip() or wish.text_en.strip())
    clean_wish = replace(
        wish,
        title_zh=clean_line(wish.title_zh, "title_zh", LONGEST_TITLE),
        text_zh=clean_paragraphs(wish.text_zh, "text_zh", LONGEST_TEXT),
        title_en=clean_line(wish.title_en, "title_en", 2 * LONGEST_TITLE) if english else "",
        text_en=clean_paragraphs(wish.text_en, "text_en", 2 * LONGEST_TEXT) if english else "",
        squad_ids=tuple(sorted(set(wish.squad_ids))) if wish.audience == "squads" else (),
        area_ids=tuple(sorted(set(wish.area_ids))) if wish.audience == "areas" else (),
    )
    _check_audience(clean_wish)
    _check_days(clean_wish, today, since)
    return clean_wish


def _check_audience(wish: Wish) -> None:
    if wish.audience not in AUDIENCES:
        raise NoticeInvalid(field="audience", reason="unknown")
    for audience, field, chosen in (
        ("squads", "squad_ids", wish.squad_ids),
        ("areas", "area_ids", wish.area_ids),
    ):
        if wish.audience == audience and not chosen:
            raise NoticeInvalid(field=field, reason="missing")
        if len(chosen) > MOST_TARGETS:
            raise NoticeInvalid(field=field, reason="range", most=MOST_TARGETS)


def _check_days(wish: Wish, today: date, since: date | None) -> None:
    earliest = min(today, since or today)
    if not earliest <= wish.first_day <= today + timedelta(days=FURTHEST_DAYS):
        raise NoticeInvalid(field="first_day", reason="past" if wish.first_day < earliest else "range")
    if wish.last_day < wish.first_day:
        raise NoticeInvalid(field="last_day", reason="order")
    if wish.last_day < today:
        raise NoticeInvalid(field="last_day", reason="past")
    if wish.last_day > wish.first_day + timedelta(days=LONGEST_DAYS):
        raise NoticeInvalid(field="last_day", reason="range")


def clean_line(text: str, field: str, longest: int) -> str:
    """`text` in one line. Raises `NoticeInvalid`."""
    return texts.clean_line(text, longest, _refusal(field, longest))


def clean_paragraphs(text: str, field: str, longest: int) -> str:
    """`text` in paragraphs. Raises `NoticeInvalid`."""
    return texts.clean_paragraphs(text, longest, _refusal(field, longest))


def _refusal(field: str, longest: int) -> Callable[[str], NoticeInvalid]:
    return lambda reason: NoticeInvalid(field=field, reason=reason, longest=longest)


def areas_above(area_id: UUID | None, parents: Mapping[UUID, UUID | None]) -> tuple[UUID, ...]:
    """The area and all that it lies in: a notice to any of them reaches whoever lives there."""
    found: list[UUID] = []
    while area_id is not None and area_id not in found:
        found.append(area_id)
        area_id = parents.get(area_id)
    return tuple(found)


def areas_below(area_ids: Iterable[UUID], parents: Mapping[UUID, UUID | None]) -> set[UUID]:
    """The areas and all that lie in them."""
    wanted = set(area_ids)
    return {each for each in parents if wanted & set(areas_above(each, parents))} | wanted
