"""Sentences for what a scan has done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

#: outcome → what stands in large letters.
TITLES = {
    "round_opened": _lazy("Round started"),
    "visited": _lazy("Point done"),
    "round_completed": _lazy("Round complete"),
    "round_held": _lazy("Round complete, waiting for a look"),
    "round_incomplete": _lazy("Round ended"),
    "round_dismissed": _lazy("Round not accepted"),
    "left": _lazy("You have left the round"),
    "joined": _lazy("You are in the round"),
    "attended": _lazy("You are counted in"),
    "awarded": _lazy("Points awarded"),
    "requested": _lazy("Waits for a second coordinator"),
    "member": _lazy("Member"),
    "applied": _lazy("Application received"),
    "enrolled": _lazy("Device enrolled"),
    "shop": _lazy("Partner shop"),
    "points_given": _lazy("Points given"),
    "order_held": _lazy("Confirm the payment"),
    "charge_held": _lazy("Take the points?"),
    "paid": _lazy("Paid"),
    "charge_cancelled": _lazy("Called off"),
    "charge_voided": _lazy("Payment taken back"),
    "charge_refunded": _lazy("Refunded"),
    "voucher": _lazy("Hand this over?"),
    "voucher_own": _lazy("Your own voucher"),
    "letter_genuine": _lazy("This letter is genuine"),
    "letter_revoked": _lazy("This letter is no longer valid"),
}

#: Outcomes that are about points at a shop's counter.
CHARGES = frozenset(
    {"order_held", "charge_held", "paid", "charge_cancelled", "charge_voided", "charge_refunded"}
)

#: Outcomes that are about a letter of encouragement.
LETTERS = frozenset({"letter_genuine", "letter_revoked"})

#: Why a complete round has brought this member no points.
WITHOUT_POINTS = {
    "capped": _lazy("No more points for patrols today or this week. The time counts all the same."),
    "not_in_tariff": _lazy("Patrols bring no points at present. The time counts all the same."),
    "absent": _lazy("You were not there for enough points of this round, so it brings none."),
    "not_active": _lazy("Who is suspended or has left the Alliance gets no points for rounds."),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result in words: the title in large letters, what-where in one line, and what is next."""

    title: str
    what: str
    next_step: str


def words(body: Mapping[str, Any]) -> Outcome:
    """The sentences for the answer of a scan."""
    name = str(body.get("outcome", ""))
    title = str(TITLES.get(name, _lazy("Done")))
    return Outcome(title=title, what=_what(name, body), next_step=_next(name, body))


def _what(name: str, body: Mapping[str, Any]) -> str:
    if name in CHARGES:
        parts = [_own_language(body, "shop"), body.get("what"), body.get("member_name")]
    elif name == "voucher":
        english = str(get_locale()).startswith("en") and body.get("reward_name_en")
        parts = [english or body.get("reward_name_zh"), body.get("member_name")]
    elif name in LETTERS:
        parts = [_("Letter no. %(number)s", number=body.get("number")), _letter_day(body)]
    elif name in {"awarded", "requested", "member"}:
        rule = "rule_name_en" if str(get_locale()).startswith("en") else "rule_name_zh"
        parts = [body.get(rule), body.get("member_name")]
    elif name == "attended":
        parts = [body.get("activity"), body.get("where")]
    else:
        parts = [body.get("where"), body.get("route")]
    return " · ".join(str(part) for part in parts if part)


def _letter_day(body: Mapping[str, Any]) -> str:
    """When the letter was issued, or withdrawn."""
    if body.get("revoked_on"):
        return _("withdrawn on %(day)s", day=_day(body["revoked_on"]))
    return _("issued on %(day)s", day=_day(body["issued_on"]))


def _day(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "long"))


def _own_language(body: Mapping[str, Any], name: str) -> Any:
    """A name in the reader's language, in Chinese where it has no other."""
    english = body.get(f"{name}_en") if str(get_locale()).startswith("en") else None
    return english or body.get(name)


def _charge_next(name: str, body: Mapping[str, Any]) -> str:
    """What is next with a payment: the member confirms, or the clerk takes it, with a PIN where it is needed."""
    points = ngettext("%(num)s point", "%(num)s points", int(body.get("points") or 0))
    if name == "order_held":
        return _(
            "%(points)s. After it you have %(balance)s points left.",
            points=points,
            balance=body.get("balance_after", 0),
        )
    if name == "charge_held" and body.get("pin_needed"):
        return _("%(points)s. The member types the PIN.", points=points)
    return points


def _next(name: str, body: Mapping[str, Any]) -> str:
    if name in CHARGES:
        return _charge_next(name, body)
    if name == "voucher":
        return _("Ask for the name, then confirm on the page for handing over.")
    if name == "voucher_own":
        return _("Show it at the desk or in the shop; it is scanned there.")
    if name == "requested":
        return _("Above a limit nobody gives points alone. They are booked when somebody else agrees.")
    if name == "attended":
        return _("Points come when the coordinator closes the activity. Thank you for coming!")
    if name == "round_held":
        return _("A coordinator will look at this round; then the points are booked.")
    if name == "round_incomplete":
        return _fell_short(body)
    if name == "joined" and body.get("joined_how") == "typed" and body.get("missing"):
        return _("Scan one point yourself; else a coordinator looks at the round before it pays.")
    if name in {"round_opened", "visited", "joined"}:
        return _walk_on(body)
    if body.get("without_points") in WITHOUT_POINTS:
        return str(WITHOUT_POINTS[str(body["without_points"])])
    if body.get("balance") is not None:
        return _("You now have %(balance)s points.", balance=body["balance"])
    return ""


def _fell_short(body: Mapping[str, Any]) -> str:
    """Why a round that was ended early brings nothing: time, points, or both."""
    sentences = []
    if int(body.get("minutes") or 0) < int(body.get("minutes_needed") or 0):
        sentences.append(_("It was shorter than %(minutes)s minutes.", minutes=body["minutes_needed"]))
    if body.get("missing"):
        sentences.append(_("Not visited: %(points)s", points=_names(body["missing"])))
    return " ".join(sentences)


def _walk_on(body: Mapping[str, Any]) -> str:
    visited, total = body.get("visited", 0), body.get("total", 0)
    progress = _("%(visited)s of %(total)s points", visited=visited, total=total)
    if body.get("next_point"):
        return _("%(progress)s · next: %(point)s", progress=progress, point=body["next_point"])
    minutes = int(body.get("minutes_needed") or 0) - int(body.get("minutes") or 0)
    if visited >= total > 0 and minutes > 0:
        return ngettext(
            "All points visited. One more minute, then end the round.",
            "All points visited. %(num)s more minutes, then end the round.",
            minutes,
        )
    return progress


def _names(names: Any) -> str:
    return _(", ").join(str(name) for name in names)
