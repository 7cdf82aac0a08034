"""Awards from a list that somebody brings as a file: read and rehearsed first, posted only then.

A row's key follows from what it says (member, deed, day, note), and the file has a key of its own: the same file posts
once, and so does a row that comes again in a corrected file of the same day. What was withdrawn or called off counts as
never awarded: the row gets a further key, and with it the file.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

import members.queries
from core import clock, workbooks
from core.auth import Actor
from core.errors import DomainError
from core.receipts import Answer, answered, once
from core.tables import Row
from members.queries import Found, MemberFacts
from points import queries, rules
from points.errors import (
    ListColumnsMissing,
    ListMemberDiffers,
    ListNameAmbiguous,
    ListPointsDiffer,
    ListRowRepeated,
    ListRowUnreadable,
    MemberNotFound,
    RuleUnknown,
)
from points.rules import MOST_AWARDS, Rule
from points.service.awarding_many import AwardWish, Outcome, award_many, cleaned, rehearse

#: Most rows of one list.
MOST_ROWS: Final = 1000
#: What stands above a column → what the column means.
_HEADINGS: Final = {
    "number": ("会员号", "会员编号", "编号", "号码", "number", "membernumber", "memberno", "no"),
    "name": ("姓名", "名字", "会员", "name", "member"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "phone", "telephone", "mobile"),
    "deed": ("好事", "规则", "项目", "事项", "deed", "rule", "rulecode"),
    "day": ("日期", "时间", "day", "date"),
    "memo": ("备注", "说明", "note", "memo"),
    "points": ("积分", "分数", "分值", "points"),
}
_MEANING: Final = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
#: A day, perhaps with a time that does not matter: 2026-11-18, 2026/11/18 8:30, 2026年11月18日, 20261118.
_DAY: Final = re.compile(
    r"(\d{4})(?:[-/.年]\s*(\d{1,2})[-/.月]\s*(\d{1,2})日?|(\d{2})(\d{2}))(?:[T\s]+\d{1,2}[:.]\d{2}.{0,12})?",
    re.ASCII,
)
_KEYS: Final = UUID("6c1a3d52-93b5-4c4e-8f0e-6d0f5a0b7c11")


@dataclass(frozen=True, slots=True)
class ListedAward:
    """One award of a list as it will be posted; `day` is that of the deed, in the programme's zone.

    `undone` is how often it was awarded and then withdrawn or called off.
    """

    member_id: UUID
    rule_code: str
    day: date
    memo: str
    undone: int = 0

    @property
    def key(self) -> UUID:
        """The same for the same award, whatever file it comes in."""
        again = f"|undone {self.undone}" if self.undone else ""
        return uuid5(_KEYS, f"{self.member_id}|{self.rule_code}|{self.day.isoformat()}|{self.memo}{again}")

    def wish(self) -> AwardWish:
        """What is asked for: done at noon; today's from the beginning of the day, which is over by any time."""
        noon = datetime.combine(self.day, time(12), tzinfo=clock.zone())
        at = noon if self.day < clock.today() else clock.start_of(self.day)
        return AwardWish(
            key=self.key, member_id=self.member_id, rule_code=self.rule_code, happened_at=at, memo=self.memo
        )


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of the file and what would come of it.

    `state` is "ready", "second" (a second coordinator will have to agree), "known" (awarded before) or "problem".
    """

    number: int
    told: str
    member: MemberFacts | None = None
    rule: Rule | None = None
    award: ListedAward | None = None
    problem: DomainError | None = None
    state: str = "problem"


@dataclass(frozen=True, slots=True)
class AwardList:
    """A list that was read; `digest` tells files apart, `posted_before` whether this very file was posted."""

    digest: str
    rows: tuple[ListRow, ...]
    posted_before: bool

    @property
    def awards(self) -> list[ListedAward]:
        """What posting it will award, in the order of the rows."""
        return [row.award for row in self.rows if row.award and row.state in {"ready", "second"}]

    def count(self, state: str) -> int:
        """How many rows are in this state."""
        return sum(row.state == state for row in self.rows)


def read_award_list(actor: Actor, content: bytes, *, rule_code: str = "") -> AwardList:
    """The dry run: every row with its problem, nothing posted; needs `award.give`.

    `rule_code` is the deed of rows that name none. Raises `SheetUnreadable`, `SheetTooLarge`, `ListColumnsMissing`.
    """
    actor.require("award.give")
    table = workbooks.read_table(content, most_rows=MOST_ROWS)
    table[0].check_heading("file")
    columns = _columns(table[0], rule_code)
    reader = _Reader.over(table[1:], columns, rule_code)
    rows = [reader.read(row) for row in table[1:]]
    found = AwardList(sha256(content).hexdigest(), tuple(_rehearsed(actor, rows)), False)
    key = _file_key(found.digest, found.awards)
    return replace(found, posted_before=key in answered([key]))


def post_award_list(actor: Actor, digest: str, awards: Sequence[ListedAward]) -> Answer:
    """Post what a dry run has found good, once per file and once per award; needs `award.give`, audited each.

    The answer counts: awarded, requested, refused, repeated. What a rule refuses by now is refused row by row.
    """
    actor.require("award.give")
    key = _file_key(digest, awards)
    counts = dict.fromkeys(("awarded", "requested", "refused", "repeated"), 0)
    if key not in answered([key]):
        for start in range(0, len(awards), MOST_AWARDS):
            for outcome in award_many(actor, [each.wish() for each in awards[start : start + MOST_AWARDS]]):
                counts[_kind(outcome)] += 1
    return once(key, actor, "award.list", {"digest": digest}, lambda: {"outcome": "listed", **counts})


def _kind(outcome: Answer | DomainError) -> str:
    if outcome.replayed or getattr(outcome, "code", "") == "key_reused":
        return "repeated"
    return "refused" if isinstance(outcome, DomainError) else str(outcome.body["outcome"])


def _file_key(digest: str, awards: Iterable[ListedAward]) -> UUID:
    """The key of posting the file, another one for each time that some of its awards are given anew."""
    anew = sorted(str(each.key) for each in awards if each.undone)
    return uuid5(_KEYS, "|".join(("file", digest, *anew)))


def _columns(head: Row, rule_code: str) -> dict[str, int]:
    """Meaning → place. Raises `ListColumnsMissing`."""
    columns: dict[str, int] = {}
    for place, text in enumerate(head.cells):
        meaning = _MEANING.get(re.sub(r"[\s_*:：.]", "", unicodedata.normalize("NFKC", text).casefold()))
        if meaning is not None:
            columns.setdefault(meaning, place)
    if not {"number", "name", "phone"} & columns.keys() or not (rule_code or "deed" in columns):
        raise ListColumnsMissing(field="file")
    return columns


@dataclass(slots=True)
class _Reader:
    """Reads rows with what the whole list needed looking up for."""

    columns: Mapping[str, int]
    found: Found
    rules_by_name: Mapping[str, str]
    tariff: Mapping[str, list[Rule]]
    rule_code: str

    @classmethod
    def over(cls, rows: Iterable[Row], columns: Mapping[str, int], rule_code: str) -> "_Reader":
        numbers, phones, names = set(), set(), set()
        reader = cls(columns, Found(), {}, {}, rule_code)
        for row in rows:
            numbers.add(members.queries.read_number(reader.cell(row, "number")))
            phones.add(members.queries.typed_phone(reader.cell(row, "phone")))
            names.add(members.queries.name_key(reader.cell(row, "name")))
        reader.found = members.queries.look_up(
            {each for each in numbers if each is not None}, {each for each in phones if each}, names - {""}
        )
        reader.tariff = queries.all_rules()
        reader.rules_by_name = {
            members.queries.name_key(name): code
            for code, versions in reader.tariff.items()
            for rule in reversed(versions)
            for name in (rule.name_zh, rule.name_en, code)
        }
        return reader

    def cell(self, row: Row, name: str) -> str:
        place = self.columns.get(name, len(row.cells))
        return row.cells[place] if place < len(row.cells) else ""

    def read(self, row: Row) -> ListRow:
        told = " · ".join(filter(None, (self.cell(row, each) for each in ("number", "name", "phone"))))
        line = ListRow(row.number, told[:80])
        try:
            row.check_layout()
            if row.faults:
                raise ListRowUnreadable(reason=min(row.faults))
            member = self._member(row)
            line = replace(line, member=member)
            code = self._code(row)
            day = self._day(row)
            rule = next((each for each in self.tariff[code] if each.valid_from <= day), self.tariff[code][-1])
            self._check_points(row, rule)
            memo = rules.clean_memo(self.cell(row, "memo"))
            return replace(line, rule=rule, award=ListedAward(member.id, code, day, memo))
        except DomainError as problem:
            return replace(line, problem=problem)

    def _member(self, row: Row) -> MemberFacts:
        number, phone, name = (self.cell(row, each) for each in ("number", "phone", "name"))
        fits: list[MemberFacts | None] = []
        if number:
            fits.append(self.found.by_number.get(members.queries.read_number(number) or 0))
        if phone:
            fits.append(self.found.by_phone.get(members.queries.typed_phone(phone) or ""))
        if not fits:
            return self._by_name(name)
        one = fits[0]
        if one is None:
            raise MemberNotFound
        differs = name and members.queries.name_key(name) != members.queries.name_key(one.name)
        if differs or any(each != one for each in fits):
            raise ListMemberDiffers
        return one

    def _by_name(self, name: str) -> MemberFacts:
        named = self.found.by_name.get(members.queries.name_key(name), [])
        here = [each for each in named if each.status != "left"] or named
        if not here:
            raise MemberNotFound
        if len(here) > 1:
            raise ListNameAmbiguous
        return here[0]

    def _code(self, row: Row) -> str:
        text = self.cell(row, "deed")
        code = self.rules_by_name.get(members.queries.name_key(text)) if text else self.rule_code
        if code not in self.tariff:
            raise RuleUnknown(rule="")
        return str(code)

    def _day(self, row: Row) -> date:
        text = unicodedata.normalize("NFKC", self.cell(row, "day"))
        if not text:
            return clock.today()
        found = _DAY.fullmatch(text.strip())
        try:
            if found is None:
                raise ListRowUnreadable(reason="day")
            return date(*(int(part) for part in found.groups() if part))
        except ValueError as error:
            raise ListRowUnreadable(reason="day") from error

    def _check_points(self, row: Row, rule: Rule) -> None:
        text = self.cell(row, "points")
        if text and rules.read_amount(text, "points") != rule.points:
            raise ListPointsDiffer(points=rule.points)


def _rehearsed(actor: Actor, rows: Sequence[ListRow]) -> list[ListRow]:
    """The rows with what a rehearsal of all good ones says: it counts caps and limits along, as posting will."""
    rows, known = _given_anew(rows)
    first: dict[UUID, int] = {}
    wishes: list[AwardWish] = []
    for row in rows:
        if row.award is None or row.award.key in first:
            continue
        first[row.award.key] = row.number
        if row.award.key not in known:
            wishes.append(cleaned(row.award.wish()))
    outcomes = rehearse(actor, wishes)
    return [_told(row, known, first, outcomes) for row in rows]


def _given_anew(rows: Sequence[ListRow]) -> tuple[list[ListRow], set[UUID]]:
    """The rows, each under the first key whose award was not undone, and those of the keys that are answered."""
    rows = list(rows)
    known: set[UUID] = set()
    open_ = {place for place, row in enumerate(rows) if row.award}
    while open_:
        keys = {place: row.award.key for place in open_ if (row := rows[place]).award}
        here = answered(keys.values())
        known |= here
        undone = queries.undone_awards(here)
        open_ = {place for place, key in keys.items() if key in undone}
        for place in open_:
            if award := rows[place].award:
                rows[place] = replace(rows[place], award=replace(award, undone=award.undone + 1))
    return rows, known


def _told(
    row: ListRow, known: set[UUID], first: Mapping[UUID, int], outcomes: Mapping[UUID, Outcome]
) -> ListRow:
    if row.award is None:
        return row
    if first[row.award.key] != row.number:
        return replace(row, problem=ListRowRepeated(row=first[row.award.key]))
    if row.award.key in known:
        return replace(row, state="known")
    outcome: Any = outcomes[row.award.key]
    if isinstance(outcome, DomainError):
        return replace(row, problem=outcome)
    return replace(row, state="ready" if outcome["outcome"] == "awarded" else "second")
