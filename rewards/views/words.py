"""Rewards, vouchers and stock in plain words and pictures, in the reader's language."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, format_time, get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _

from core import clock
from rewards import rules
from rewards.queries import RewardFacts, VoucherFacts

KINDS = {
    "goods": _("Daily goods"),
    "security": _("Home security"),
    "service": _("Services"),
    "certificate": _("Certificates"),
}
STATUSES = {"draft": _("in preparation"), "offered": _("on the shelf"), "retired": _("no longer offered")}
STATUS_TONES = {"draft": "warn", "offered": "ok", "retired": ""}
QUOTA_PERIODS = {"month": _("each month"), "year": _("each year"), "ever": _("in all")}
STATES = {
    "held": _("to be fetched"),
    "used": _("fetched"),
    "cancelled": _("given back"),
    "expired": _("run out"),
}
STATE_TONES = {"held": "ok", "used": "calm", "cancelled": "", "expired": "warn"}
#: The state of what was handed over and taken back.
RETURNED = _("returned")
MOVEMENTS = {
    "received": _("Received"),
    "handed_over": _("Handed over"),
    "damaged": _("Damaged"),
    "counted": _("Counted"),
    "returned": _("Brought back"),
}
#: The drawn pictures of static/rewards/, in the order of the chooser.
DRAWINGS = {
    "door-lock": _("Door lock"),
    "door-alarm": _("Door alarm"),
    "window-alarm": _("Window alarm"),
    "smoke-detector": _("Smoke detector"),
    "gas-detector": _("Gas detector"),
    "door-eye-camera": _("Door-eye camera"),
    "fire-extinguisher": _("Fire extinguisher"),
    "torch": _("Torch"),
    "reflective-vest": _("Reflective vest"),
    "umbrella": _("Umbrella"),
    "rice-bag": _("Bag of rice"),
    "cooking-oil": _("Cooking oil"),
    "washing-powder": _("Washing powder"),
    "towel": _("Towel"),
    "thermos-flask": _("Thermos flask"),
    "school-bag": _("School bag"),
    "haircut": _("Haircut"),
    "bath-house-ticket": _("Bath-house ticket"),
    "health-check": _("Health check"),
    "certificate-of-service": _("Certificate of service"),
}
#: What stands for a reward that nobody has given a picture.
NO_PICTURE = "parcel"

_HOUR = timedelta(hours=1)


def name(reward: RewardFacts) -> str:
    """The reward's name in the reader's language, in Chinese when nobody has written the other."""
    return reward.name_en if _english() and reward.name_en else reward.name_zh


def about(reward: RewardFacts) -> str:
    """What is told about the reward, in the reader's language if that was written."""
    return reward.about_en if _english() and reward.about_en else reward.about_zh


def picture(reward: RewardFacts) -> str:
    """The address of the reward's picture: the uploaded one, else the drawn one."""
    if reward.picture_id is not None:
        return url_for("rewards_pages.picture", picture_id=reward.picture_id)
    return drawing(reward.drawing if reward.drawing in DRAWINGS else NO_PICTURE)


def drawing(name: str) -> str:
    """The address of a drawn picture."""
    return url_for("assets.static", filename=f"rewards/{name}.svg")


def stock(reward: RewardFacts) -> str:
    """How many are left, as a member wants to know it."""
    if reward.available is None:
        return str(gettext("always there"))
    if reward.available == 0:
        return str(gettext("none left just now"))
    return str(ngettext("only one left", "%(num)s left", reward.available))


def quota(reward: RewardFacts) -> str:
    """How often one member may have it; empty without a limit."""
    if reward.quota is None:
        return ""
    if reward.quota_period == "month":
        return str(ngettext("one a month for each member", "%(num)s a month for each member", reward.quota))
    if reward.quota_period == "year":
        return str(ngettext("one a year for each member", "%(num)s a year for each member", reward.quota))
    return str(ngettext("one for each member", "%(num)s for each member", reward.quota))


def quota_again(reward: RewardFacts) -> str:
    """When a member who has had as many as one may have can have the next one."""
    again = rules.quota_again(reward.quota_period, clock.today())
    had = quota(reward)
    if again is None:
        return str(gettext("It is for everybody: %(quota)s.", quota=had))
    return str(gettext("It is for everybody: %(quota)s. Again from %(day)s on.", quota=had, day=day(again)))


def not_offered(reward: RewardFacts) -> str:
    """Why a reward cannot be had today, and what to do instead."""
    if reward.offered_from is not None and clock.today() < reward.offered_from:
        return str(gettext("From %(day)s on.", day=day(reward.offered_from)))
    return str(gettext("There is more on the shelf; have a look at the other rewards."))


def last_day(reward: RewardFacts) -> str:
    """The last day on which it can be had; empty without an end."""
    return day(reward.offered_until - timedelta(days=1)) if reward.offered_until else ""


def place(shop: str) -> str:
    """Where something is fetched: at the shop of this name, or at the police room."""
    return shop or str(gettext("at the police room"))


def life(hours: int) -> str:
    """How long a voucher waits, in days where they come out even."""
    if hours % 24 == 0:
        return str(ngettext("%(num)s day", "%(num)s days", hours // 24))
    return str(ngettext("%(num)s hour", "%(num)s hours", hours))


def time_left(until: datetime, now: datetime) -> str:
    """The time until then in its two largest units: "2 days 3 hours"."""
    minutes = max(0, int((until - now).total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(num)s day", "%(num)s days", days) if days else "",
        ngettext("%(num)s hour", "%(num)s hours", hours) if hours else "",
        ngettext("%(num)s minute", "%(num)s minutes", minutes) if minutes and not days else "",
    ]
    return " ".join(str(part) for part in parts if part) or str(gettext("less than a minute"))


def moment(at: datetime) -> str:
    """A time as people say it: today 14:00, Saturday 21 November 10:00."""
    on = clock.local_date(at)
    today = clock.today()
    if on == today:
        day = gettext("today")
    elif on == today + timedelta(days=1):
        day = gettext("tomorrow")
    elif on == today - timedelta(days=1):
        day = gettext("yesterday")
    else:
        day = format_date(on, gettext("EEEE d MMMM"))
    return str(gettext("%(day)s %(time)s", day=day, time=format_time(at, "HH:mm")))


def day(on: date) -> str:
    """A day with its month, and its year when that is another one."""
    return str(format_date(on, gettext("d MMMM") if on.year == clock.today().year else "long"))


def ended(voucher: VoucherFacts) -> str:
    """How a voucher ended, and when; empty for an open one."""
    if voucher.state == "expired":
        # By its own time: until the regular run has booked the end there is no other.
        return str(gettext("Ran out %(moment)s", moment=moment(voucher.expires_at)))
    if voucher.ended_at is None:
        return ""
    if voucher.returned is not None:
        return str(gettext("Taken back %(moment)s", moment=moment(voucher.returned.at)))
    if voucher.state == "used":
        return str(gettext("Fetched %(moment)s", moment=moment(voucher.ended_at)))
    return str(gettext("Given back %(moment)s", moment=moment(voucher.ended_at)))


def soon(voucher: VoucherFacts, now: datetime) -> bool:
    """Whether the voucher runs out within a day, so that the page says it louder."""
    return voucher.expires_at - now < 24 * _HOUR


def options(pairs: dict[str, Any]) -> list[tuple[str, str]]:
    """A table of words as the options of a form's field."""
    return [(value, str(text)) for value, text in pairs.items()]


def _english() -> bool:
    return str(get_locale()).startswith("en")
