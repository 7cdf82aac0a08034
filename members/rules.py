"""Pure decisions about people: who may do what, what a name, number or password may be, which status follows.

`ROLE_PERMISSIONS` is the one table of roles; every permission that a route or a service asks for stands in it.
"""

import calendar
import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Final, Protocol

from core import texts
from members.errors import (
    AreaLevelWrong,
    DevicePermissionUnknown,
    LeaveDateInvalid,
    MemberLeft,
    MemberNotAdmitted,
    MemberOnLeave,
    MemberSuspended,
    NameInvalid,
    PhoneInvalid,
    RoleUnknown,
    StatusChangeImpossible,
)

LONGEST_NAME: Final = 60
LONGEST_MOTTO: Final = 120
#: The first is the default.
LANGUAGES: Final = ("zh_Hans_CN", "en")
THEMES: Final = ("auto", "light", "dark")
STATUSES: Final = ("applied", "active", "on_leave", "suspended", "left")
AREA_LEVELS: Final = ("station", "community", "grid", "estate")
SQUAD_KINDS: Final = ("patrol", "women", "sunset_glow", "courier", "school_guard", "other")
POSTS: Final = ("captain", "acting_captain")
#: What a one-time code is asked for: to sign in, to take over an account, to change the password or the telephone.
CODE_PURPOSES: Final = ("sign_in", "claim", "password", "phone")
#: Roles that an applicant may choose.
OPEN_ROLES: Final = ("volunteer", "resident")
JOIN_PURPOSES: Final = ("membership", "device")
#: Colours of squad crests; the stylesheet knows them by these names in both themes.
CREST_COLORS: Final = (
    "red",
    "orange",
    "amber",
    "olive",
    "green",
    "teal",
    "cyan",
    "blue",
    "indigo",
    "violet",
    "magenta",
    "slate",
)

# --- Roles and permissions -------------------------------------------------------------------------------------------

_OWN: Final = frozenset(
    {
        "self.read",
        "self.write",
        "board.read",
        "tariff.read",
        "scan.send",
        "shop.read",
        "shop.pay",
        "shop.apply",
        # At which counter is decided by the shop: who owns it or works there (merchants.service).
        "counter.use",
        "reward.read",
        "reward.redeem",
        "report.write",
        "notice.read",
        "member.endorse",
        "activity.attend",
    }
)
_VOLUNTEER: Final = _OWN | {"patrol.walk", "route.read"}
#: What the desk shows to whoever looks and does not act. All who act at the desk may look, too.
_LOOKING: Final = frozenset(
    {
        "desk.read",
        "member.read",
        "squad.read",
        "route.read",
        "place.read",
        "activity.read",
        "award.read",
        "goal.read",
        "ledger.read",
        "wall.read",
        "letter.read",
        "report.read",
        "home.read",
        "bill.read",
        "stock.read",
        "shop.audit",
        "settlement.read",
    }
)
_COORDINATOR: Final = (
    _VOLUNTEER
    | _LOOKING
    | {
        "round.manage",
        "route.manage",
        "checkpoint.manage",
        "award.give",
        "award.withdraw",
        "award.second",
        "member.manage",
        "member.import",
        "member.export",
        "member.merge",
        "member.merge_second",
        "card.issue",
        "squad.manage",
        "area.manage",
        "shop.manage",
        "charge.judge",
        "scan.judge",
        "settlement.manage",
        "reward.manage",
        "voucher.hand_over",
        "voucher.take_back",
        "report.handle",
        "bill.take",
        "letter.issue",
        "notice.write",
        "honour.give",
        "activity.manage",
        "activity.show",
        "goal.manage",
    }
)
#: What only administrators keep, and auditors look at.
_KEPT_ABOVE: Final = frozenset({"tariff.audit", "device.read", "audit.read"})
_AUDITOR: Final = _OWN | _LOOKING | _KEPT_ABOVE
_ADMINISTRATOR: Final = _COORDINATOR | _KEPT_ABOVE | {"tariff.manage", "device.manage", "role.manage"}

#: Who may do what. The only place where roles are given rights.
ROLE_PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "volunteer": _VOLUNTEER,
    "resident": _OWN,
    "clerk": _OWN,
    "coordinator": _COORDINATOR,
    "auditor": _AUDITOR,
    "administrator": _ADMINISTRATOR,
}
ROLES: Final = tuple(ROLE_PERMISSIONS)
PERMISSIONS: Final = frozenset().union(*ROLE_PERMISSIONS.values())
#: Roles that hold rights over others. They are given by administrators only, and rest while the member does.
STAFF_ROLES: Final = frozenset({"coordinator", "auditor", "administrator"})
#: What a gate, till or tablet can be enrolled for.
DEVICE_PERMISSIONS: Final = frozenset(
    {"patrol.walk", "award.give", "board.read", "wall.read", "activity.show", "charge.take"}
)
#: A till is no member: what it takes points with is a right of its own, which rests on the member's at the counter.
_RESTS_ON: Final = {"charge.take": "counter.use"}


def permissions_of(roles: Iterable[str], status: str) -> frozenset[str]:
    """What a member with these roles may do in this status.

    Suspended and former members may do nothing. Who applied or is on leave keeps what concerns himself and the rights
    of a volunteer, so that a scan is answered by its own refusal and not by a missing right; staff rights rest.
    """
    if status in {"suspended", "left"}:
        return frozenset()
    if status != "active":
        return _VOLUNTEER
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles), _OWN)


def permissions_for_helper(managed: frozenset[str]) -> frozenset[str]:
    """What a helper may do in the name of somebody he looks after: never anything with rights over others."""
    # Whose points are taken is somebody else: a helper who stands at the counter is a clerk in his own name.
    return (managed & _VOLUNTEER) - {"counter.use"}


def device_permissions(wanted: Iterable[str], roles: Iterable[str], status: str) -> frozenset[str]:
    """What a device may do now, by the roles and status of the member answerable for it.

    Never more than he may himself. While he is on leave a wall display shines on, but nothing is awarded in his name;
    when he is suspended or gone the device may do nothing.
    """
    if status not in {"active", "on_leave"}:
        return frozenset()
    held = permissions_of(roles, "active")
    allowed = frozenset(
        each for each in wanted if each in DEVICE_PERMISSIONS and _RESTS_ON.get(each, each) in held
    )
    if status != "active":
        allowed -= {"award.give"}
    if "charge.take" in allowed:
        allowed |= {"counter.use", "shop.read"}
    if "patrol.walk" in allowed:
        allowed |= {"route.read"}
    # Walking, awarding and taking points happen at the gate, which is open to whoever may send a scan at all.
    return allowed | {"scan.send"} if allowed & {"patrol.walk", "award.give", "charge.take"} else allowed


def check_device_permissions(wanted: Collection[str]) -> None:
    """Raise `DevicePermissionUnknown` for anything that devices cannot hold, and for nothing at all."""
    for permission in wanted:
        if permission not in DEVICE_PERMISSIONS:
            raise DevicePermissionUnknown(field="permissions", permission=permission[:LONGEST_NAME])
    if not wanted:
        raise DevicePermissionUnknown(field="permissions", permission="")


def check_roles(roles: Collection[str]) -> None:
    """Raise `RoleUnknown` unless every role is in the table."""
    if any(role not in ROLE_PERMISSIONS for role in roles):
        raise RoleUnknown(field="roles")


def outranks(member_roles: Iterable[str], actor_permissions: frozenset[str]) -> bool:
    """Whether the actor must not manage the member's account.

    The accounts of staff are managed by those who give staff roles (`role.manage`). An equal may not: with a
    colleague's telephone he could sign in as him and award himself, or end his membership and with it his role.
    """
    return "role.manage" not in actor_permissions and bool(STAFF_ROLES & set(member_roles))


# --- Status ----------------------------------------------------------------------------------------------------------

_NEXT_STATUS: Final[dict[str, frozenset[str]]] = {
    "applied": frozenset({"active", "left"}),
    "active": frozenset({"on_leave", "suspended", "left"}),
    "on_leave": frozenset({"active", "suspended", "left"}),
    "suspended": frozenset({"active", "left"}),
    "left": frozenset({"active"}),
}
LONGEST_LEAVE = timedelta(days=366)


class HasStatus(Protocol):
    """Anything that tells a member's status, for example `members.queries.MemberFacts`."""

    @property
    def status(self) -> str:
        """One of `STATUSES`."""


def effective_status(status: str, on_leave_until: date | None, today: date) -> str:
    """The status as it counts on `today`: leave is over after its last day, also before the daily run books it."""
    if status == "on_leave" and on_leave_until is not None and on_leave_until < today:
        return "active"
    return status


def check_status_change(status: str, wanted: str) -> None:
    """Raise `StatusChangeImpossible` unless the status machine has this step."""
    if wanted not in _NEXT_STATUS[status]:
        raise StatusChangeImpossible(status=status, wanted=wanted)


def check_leave(until: date | None, today: date) -> None:
    """Raise `LeaveDateInvalid` unless leave is open-ended or ends after today and within a year."""
    if until is not None and not today < until <= today + LONGEST_LEAVE:
        raise LeaveDateInvalid(field="until")


def require_active(facts: HasStatus) -> None:
    """Raise the refusal that says why this member cannot earn or act now; nothing when he is active."""
    if facts.status == "on_leave":
        until = getattr(facts, "on_leave_until", None)
        raise MemberOnLeave(until=until.isoformat() if until else None)
    if facts.status == "suspended":
        raise MemberSuspended
    if facts.status == "left":
        raise MemberLeft
    if facts.status == "applied":
        raise MemberNotAdmitted


# --- Member numbers --------------------------------------------------------------------------------------------------

#: Damm's quasigroup: finds every single wrong digit and every swap of neighbours.
_DAMM: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
#: So that the first number is 1000015 and all have seven digits for the first 900,000 members.
FIRST_RUNNING_NUMBER: Final = 100_001
_MOST_DIGITS: Final = 9


def check_digit(digits: str) -> str:
    """Damm's check digit of a string of ASCII digits."""
    state = 0
    for digit in digits:
        state = int(_DAMM[state][int(digit)])
    return str(state)


def member_number(running: int) -> int:
    """The member number for a running number: the same digits and a check digit behind them."""
    return int(f"{running}{check_digit(str(running))}")


def spoken_number(number: int) -> str:
    """A member number in two groups for reading out: 1002347 → "1002 347"."""
    text = str(number)
    return f"{text[:-3]} {text[-3:]}" if len(text) > 3 else text


def read_number(text: str) -> int | None:
    """The member number that somebody typed or read out, or None when it is none or a digit is wrong."""
    typed = unicodedata.normalize("NFKC", text[: 4 * _MOST_DIGITS]).strip()
    digits = re.sub(r"(?<=[0-9])[\s-]+(?=[0-9])", "", typed)
    if (
        not re.fullmatch(rf"[1-9][0-9]{{1,{_MOST_DIGITS - 1}}}", digits, re.ASCII)
        or check_digit(digits) != "0"
    ):
        return None
    return int(digits)


# --- Names and telephones --------------------------------------------------------------------------------------------


def clean_text(text: str, field: str, longest: int, *, required: bool = True) -> str:
    """`text` in one line. Raises `NameInvalid` with a reason: `empty`, `too_long` or `characters`."""
    return texts.clean_line(
        text,
        longest,
        lambda reason: NameInvalid(field=field, reason=reason, longest=longest),
        required=required,
    )


def clean_name(text: str, field: str = "name") -> str:
    """A person's, squad's, area's or device's name as it is stored; at most 60 code points, at least one letter.

    Raises `NameInvalid`.
    """
    clean = clean_text(text, field, LONGEST_NAME)
    # Two lines are two names, of a list that was read wrongly, say; and what has no width makes two names look alike.
    several = len(text.strip().splitlines()) > 1
    if several or "\u200d" in clean or not texts.has_letter(clean):
        raise NameInvalid(field=field, reason="characters", longest=LONGEST_NAME)
    return clean


def name_key(name: str) -> str:
    """The form of a name under which it is searched: compatibility letters and case do not matter."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")[:LONGEST_NAME]


def masked_name(name: str) -> str:
    """A name as others may see it, with the middle hidden: 王芳 → 王*, 王小芳 → 王*芳, 欧阳小芳 → 欧**芳."""
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * min(len(name) - 2, 3)}{name[-1]}"


def clean_phone(text: str, field: str = "phone") -> str:
    """A mobile number in E.164: "138 0013 8000" → "+8613800138000". Without a country it is a Chinese one.

    Full-width digits, spaces, hyphens, dots and brackets are understood. Raises `PhoneInvalid`.
    """
    if len(text) > 40:
        raise PhoneInvalid(field=field)
    digits = re.sub(r"[\s().\-‐-―]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^00", "+", digits)
    if re.fullmatch(r"(\+?86)?1[3-9][0-9]{9}", digits, re.ASCII):
        return f"+86{digits[-11:]}"
    if re.fullmatch(r"\+(?!86)[1-9][0-9]{6,14}", digits, re.ASCII):
        return digits
    raise PhoneInvalid(field=field)


def masked_phone(phone: str) -> str:
    """A telephone number as it may be shown to its owner or stand in a log: "•••• 8000"."""
    return f"•••• {phone[-4:]}"


# --- Limits of tries, cards, desk, helpers ---------------------------------------------------------------------------

#: kind of attempt → (most tries, within). By telephone or member, and by network address. An address may stand for a
#: whole estate behind one router, hence the larger numbers.
LIMITS: Final[dict[str, tuple[int, timedelta]]] = {
    "password_phone": (8, timedelta(minutes=15)),
    "password_address": (60, timedelta(minutes=15)),
    "code_sent_phone": (5, timedelta(hours=1)),
    "code_sent_member": (10, timedelta(hours=1)),
    "code_sent_address": (30, timedelta(hours=1)),
    "code_tried_phone": (15, timedelta(hours=1)),
    "code_tried_address": (90, timedelta(hours=1)),
    "pin_member": (5, timedelta(hours=1)),
    # Four digits are few: whoever comes back every hour must not get through them in a year.
    "pin_member_day": (10, timedelta(days=1)),
    "pin_counter": (5, timedelta(hours=1)),
    "pin_counter_day": (20, timedelta(days=1)),
    "claim_address": (10, timedelta(hours=1)),
    "enrol_address": (20, timedelta(hours=1)),
    "apply_address": (20, timedelta(hours=1)),
}
CARD_LIFE: Final = timedelta(days=731)
CLAIM_CODE_LIFE: Final = timedelta(days=7)
DESK_SESSION_LIFE: Final = timedelta(minutes=10)
#: A device's last use is written at most this often: it is for people to look at, not for accounts.
DEVICE_USE_STEP: Final = timedelta(minutes=1)
#: Spent phone codes are kept far longer than the minute for which they could be used again.
USED_CODE_LIFE: Final = timedelta(days=1)
MOST_MANAGED: Final = 6
#: So long two memberships that were made one can be taken apart again; then what would undo it is forgotten.
MERGE_UNDO: Final = timedelta(days=30)
#: How long a merge waits for a second person.
MERGE_PROPOSAL_LIFE: Final = timedelta(days=14)
MERGE_PROPOSAL_STATES: Final = ("waiting", "agreed", "declined", "cancelled", "lapsed")
MOST_JOIN_CODE_DAYS: Final = 30


#: So long after the end of the help, helper and helped still count as one household: as long as a deed can be awarded.
#: Otherwise somebody gives an account back, awards it points, and takes it again.
HOUSEHOLD_LASTS: Final = timedelta(days=31)


# --- Personal data ---------------------------------------------------------------------------------------------------

#: The text about personal data that is in force (docs/personal-data.md lists them). Whoever has agreed to an older one
#: only is asked again before he goes on.
CONSENT_VERSION = 2
#: So long a member can call off the deletion of his personal data.
DELETION_WAIT: Final = timedelta(days=14)
#: What stands in the place of the name afterwards, by the alliance's language.
_FORMER: Final = {"zh_Hans_CN": "原会员", "en": "Former member"}


def former_name(number: int, language: str) -> str:
    """What a member is called whose personal data is gone."""
    return f"{_FORMER.get(language, _FORMER['en'])} {number}"


def consent_due(version: int | None) -> bool:
    """Whether somebody who has agreed to `version` (None: to nothing that is on record) has to be asked again."""
    return version is None or version < CONSENT_VERSION


def without(text: str, *names: str | None) -> str:
    """The text without these names and numbers: reasons are kept for good, personal data is not."""
    for name in names:
        text = text.replace(name, "…") if name else text
    return text


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or the last one of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return date(years, month + 1, min(day.day, last))


# --- Areas -----------------------------------------------------------------------------------------------------------


def check_area_level(level: str, parent_level: str | None) -> None:
    """Raise `AreaLevelWrong` unless `level` may stand below `parent_level` (None: at the top)."""
    if level not in AREA_LEVELS:
        raise AreaLevelWrong(field="level", parent_level=parent_level)
    expected = None if level == AREA_LEVELS[0] else AREA_LEVELS[AREA_LEVELS.index(level) - 1]
    if parent_level != expected:
        raise AreaLevelWrong(field="level", parent_level=parent_level)
