"""Pure decisions about lists of members and about who may vouch for whom."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from members import rules
from members.admission_errors import EndorsedEnough, EndorserNew

# --- Lists

#: Most rows of one file, most bytes of it, and what a workbook may unpack to.
MOST_IMPORTED: Final = 40_000
LARGEST_IMPORT_BYTES: Final = 8 * 1024 * 1024
LARGEST_UNPACKED_BYTES: Final = 32 * 1024 * 1024
#: Rows that are checked before progress is kept: few enough to be soon done, and to be done again after a break.
CHECK_BATCH: Final = 500
#: Rows that are entered in one transaction: others wait for it on SQLite.
IMPORT_BATCH: Final = 500
TARGETS: Final = ("active", "applied")
LONGEST_TOLD: Final = 200

#: What stands above a column → what the column means.
_HEADINGS: Final = {
    "name": ("姓名", "名字", "会员", "会员姓名", "name", "member", "fullname"),
    "phone": (
        "电话", "手机", "手机号", "手机号码", "电话号码", "联系电话", "联系方式",
        "phone", "telephone", "mobile", "mobilenumber", "phonenumber",
    ),
    "squad": ("队伍", "巡逻队", "小队", "所属队伍", "squad", "team"),
    "area": ("片区", "社区", "网格", "小区", "所属片区", "area", "community", "grid", "estate"),
    "role": ("身份", "角色", "类别", "role", "kind"),
}  # fmt: skip
_MEANING: Final = {heading: name for name, headings in _HEADINGS.items() for heading in headings}
_ROLES: Final = {
    "": "volunteer",
    "volunteer": "volunteer",
    "志愿者": "volunteer",
    "队员": "volunteer",
    "resident": "resident",
    "居民": "resident",
}


def columns_of(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Meaning → place of the first column that has it, and the headings of the columns that mean nothing here."""
    columns: dict[str, int] = {}
    unused = []
    for place, text in enumerate(header):
        meaning = _MEANING.get(re.sub(r"[\s_*:：.]", "", unicodedata.normalize("NFKC", text).casefold()))
        if meaning is None or meaning in columns:
            unused.append(text[: rules.LONGEST_NAME] or "—")
        else:
            columns[meaning] = place
    return columns, unused


def role_of(text: str) -> str | None:
    """The role that a cell names, the volunteer's for an empty one; None for any other."""
    return _ROLES.get(unicodedata.normalize("NFKC", text).casefold().strip())


def place_names(paths: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Key of the name → ids of the areas that it may mean: the last name alone, or any end of the path written out."""
    found: dict[str, list[str]] = {}
    for area_id, path in paths.items():
        for start in range(len(path)):
            found.setdefault(place_key("".join(path[start:])), []).append(area_id)
    return found


def place_key(text: str) -> str:
    """The form in which names of squads and areas are compared: signs between the parts of a path do not matter."""
    return re.sub(r"[\s·›>/|,，、-]", "", unicodedata.normalize("NFKC", text).casefold())


# --- Endorsements

#: Most members that one applicant names.
MOST_ENDORSERS: Final = 5


def month_before(now: datetime) -> datetime:
    """Since when endorsements count towards the month's limit: any thirty days, so that no first of a month helps."""
    return now - timedelta(days=30)


def check_ripe(admitted_at: datetime | None, now: datetime, days: int) -> None:
    """Raise `EndorserNew` unless somebody has been a member for so many days ("one ripe, one admitted")."""
    if admitted_at is None or now - admitted_at < timedelta(days=days):
        raise EndorserNew(days=days)


def check_month(given: int, most: int) -> None:
    """Raise `EndorsedEnough` when a member has vouched for `most` people within the month."""
    if given >= most:
        raise EndorsedEnough(most=most)
