"""What stands on a member's first page, collected from the packages that know it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

import activities.queries
import members.queries
import members.service
import merchants.queries
import notices.queries
import patrols.queries
import points.queries
import rewards.queries
import rewards.views.words
from core import clock, qr
from core.auth import Actor
from members.queries import MemberFacts

#: Points that expire within so many days are worth a line on the first page.
EXPIRY_NOTICE_DAYS = 120
#: So long the first page tells that points of a shop, or a reward, were taken back; the statement tells it for ever.
TAKEN_BACK_DAYS = 14


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """The changing code drawn for the screen, and the seconds after which the next one is due."""

    svg: Markup
    seconds: float


@dataclass(frozen=True, slots=True)
class Expiry:
    """Points that will be lost, and the day after which."""

    points: int
    date: str


@dataclass(frozen=True, slots=True)
class WhatIsOn:
    """The activities of the coming seven days: the way to them, and the next one in a line."""

    title: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way to somewhere: what to read on it, and the name of its icon."""

    title: str
    note: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A message in the notice area."""

    tone: str
    title: str
    text: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The newest notice to the member, unread ones first. `note` says how many he has not read."""

    title: str
    note: str
    href: str
    unread: bool


@dataclass(frozen=True, slots=True)
class Home:
    """All of the page. `code` is None for members who are not admitted.

    `shops`: the ways to the counter and to the shop of who works at one, for these he goes many times a day.
    `newest_charge`: the last time a shop asked for points, so that the page knows a new one when it comes.
    """

    name: str
    number: str
    squad: Any
    code: PhoneCode | None
    shops: tuple[Way, ...]
    balance: int
    expiry: Expiry | None
    round: Any
    on: WhatIsOn | None
    newest_charge: str
    notices: tuple[Notice, ...]
    told: Told | None


def of(actor: Actor) -> Home:
    """The first page of the member in whose name `actor` acts."""
    member_id = actor.member_id or actor.id
    facts = members.queries.facts(member_id)
    return Home(
        name=facts.name,
        number=members.queries.spoken_number(facts.number),
        squad=members.queries.squad(facts.squad_id) if facts.squad_id else None,
        code=_code(actor) if facts.status != "applied" else None,
        shops=tuple(_shops(member_id)) if actor.may("counter.use") else (),
        balance=points.queries.balance(member_id),
        expiry=_expiry(member_id),
        round=patrols.queries.open_round(member_id),
        on=_on() if actor.may("activity.attend") else None,
        newest_charge=_newest_charge(member_id),
        notices=(
            *_notices(facts),
            *_asked(actor, member_id),
            *_taken_back(member_id),
            *_returned(member_id),
        ),
        told=_told(member_id),
    )


def _on() -> WhatIsOn:
    """What is on in the seven days from today, so that nobody misses it on a Sunday."""
    count, first = activities.queries.next_of(clock.start_of(clock.today() + timedelta(days=7)))
    if first is None:
        return WhatIsOn(_("Activities"), _("Nothing is planned this week."), "/activities")
    start = clock.local(first.starts_at)
    note = _(
        "%(activity)s · %(day)s, %(time)s",
        activity=first.title,
        day=format_date(start.date(), _("EEEE d MMMM")),
        time=f"{start:%H:%M}",
    )
    if count == 1:
        return WhatIsOn(_("An activity this week"), note, f"/activities/{first.number}")
    title = ngettext("%(num)s activity this week", "%(num)s activities this week", count)
    return WhatIsOn(title, note, "/activities")


def _shops(member_id: UUID) -> Iterator[Way]:
    """One counter opens at once, several are chosen from; who owns a shop comes to its figures and statements, too."""
    posts = merchants.queries.posts_of(member_id)
    counters = [each for each in posts if each.has_counter]
    if counters:
        first = counters[0]
        if len(counters) == 1:
            name = _either(first.name, first.name_en)
            yield Way(_("To the counter"), name, f"/counter/{first.merchant_id}", "scan")
        else:
            number = ngettext("%(num)s shop", "%(num)s shops", len(counters))
            yield Way(_("My counters"), number, "/counter", "scan")
    owned = [each for each in posts if each.owns]
    if owned:
        href = f"/shop/{owned[0].merchant_id}" if len(owned) == 1 else "/me/shops"
        yield Way(_("My shop"), _("Figures and statements"), href, "settings")


def _code(actor: Actor) -> PhoneCode:
    shown = members.service.phone_code(actor)
    svg = qr.draw_svg(shown.address, "M", title=_("My code"))
    return PhoneCode(svg, (shown.renew_at - clock.now()).total_seconds())


def _expiry(member_id: UUID) -> Expiry | None:
    """The points that expire next, if that is soon."""
    next_lot = next(iter(points.queries.lots(member_id)), None)
    if next_lot is None or (next_lot.expires_on - clock.today()).days > EXPIRY_NOTICE_DAYS:
        return None
    return Expiry(next_lot.points, format_date(next_lot.expires_on, _("d MMMM")))


def _notices(facts: MemberFacts) -> Iterator[Notice]:
    waiting = members.queries.endorsements_waiting(facts.id) if facts.status == "active" else 0
    if waiting:
        title = ngettext(
            "%(num)s applicant says that you know each other",
            "%(num)s applicants say that you know each other",
            waiting,
        )
        yield Notice("warn", title, _("Say whether that is so."), "/endorse", _("Look"))
    if facts.status == "applied":
        text = _("A coordinator will call you or speak to you.")
        link = _("Name a member who knows me") if members.queries.endorsements_needed() else ""
        yield Notice("calm", _("Your application is being looked at"), text, "/endorse" if link else "", link)
    if facts.status == "on_leave":
        if facts.on_leave_until:
            until = format_date(facts.on_leave_until, _("d MMMM"))
            text = _("Enjoy it until %(date)s. Your points and your place in the squad stay.", date=until)
        else:
            text = _("Come back whenever you like. Your points and your place in the squad stay.")
        yield Notice("calm", _("You are on leave"), text, "/me/leave", _("Come back earlier"))


def _asked(actor: Actor, member_id: UUID) -> Iterator[Notice]:
    """Shops that want the member at their counter: he alone answers, not who looks after him."""
    if actor.may("counter.use"):
        for each in merchants.queries.invitations_of(member_id):
            title = _("%(shop)s asks you to work there", shop=each.name)
            yield Notice(
                "calm", title, _("You decide whether you want to."), "/me/shops", _("Accept or decline")
            )


def _taken_back(member_id: UUID) -> Iterator[Notice]:
    """Gifts of shops that the desk has taken back lately: nobody should learn it from a balance that is short."""
    for each in points.queries.gifts_taken_from(member_id, clock.now() - timedelta(days=TAKEN_BACK_DAYS)):
        title = ngettext(
            "%(num)s point from a shop was taken back",
            "%(num)s points from a shop were taken back",
            each.points,
        )
        yield Notice("warn", title, each.reason, f"/me/transfers/{each.transfer_id}", _("Look"))


def _returned(member_id: UUID) -> Iterator[Notice]:
    """Rewards that the desk has taken back lately: where the points come from that nobody earned."""
    since = clock.now() - timedelta(days=TAKEN_BACK_DAYS)
    for each in rewards.queries.returned_lately(member_id, since):
        title = ngettext(
            "%(reward)s was taken back: %(num)s point is with you again",
            "%(reward)s was taken back: %(num)s points are with you again",
            each.points,
            reward=rewards.views.words.name(each.reward),
        )
        yield Notice(
            "calm", title, each.returned.reason if each.returned else "", f"/vouchers/{each.id}", _("Look")
        )


def _told(member_id: UUID) -> Told | None:
    found = notices.queries.newest(member_id)
    if found is None:
        return None
    return Told(
        _either(found.notice.title_zh, found.notice.title_en),
        ngettext("%(num)s new notice", "%(num)s new notices", found.unread) if found.unread else _("Notice"),
        f"/notices/{found.notice.id}" if found.unread <= 1 else "/notices",
        found.unread > 0,
    )


def _either(chinese: str, english: str) -> str:
    """What the reader reads, where there is an English text at all."""
    return chinese if str(get_locale() or "zh").startswith("zh") else english or chinese


def _newest_charge(member_id: UUID) -> str:
    found = merchants.queries.own_charges(member_id, limit=1).items
    return str(found[0].id) if found else ""
