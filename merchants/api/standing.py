"""Who stands at a counter that several clerks share: kept in the signed-in phone's or tablet's own session.

A clerk who has typed his counter PIN stands there; charges are then written down under his name. From then on the phone
is the counter's: the pages of whoever is signed in open again only by that member's own PIN or password, because the
colleague who holds the phone is somebody else. The counter PIN does not suffice, colleagues see it typed every day.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from flask import request, session
from flask.typing import ResponseReturnValue

from core.auth import current_actor
from core.pages import go, identifier
from merchants import queries
from merchants.errors import CounterKept

_KEY = "at_counter"
#: The way out: the one page that names whose pages these are.
LEAVE = "/counter/leave"

#: What a phone at the counter is for: views of this package, by endpoint.
COUNTER_VIEWS = frozenset(
    {
        f"merchants_pages.{each}"
        for each in (
            "cancel",
            "charge",
            "counter",
            "give",
            "giving",
            "hold",
            "leave_the_counter",
            "leaving_the_counter",
            "my_counters",
            "scan_member",
            "show_order",
            "switch_clerk",
            "take",
            "take_the_counter",
            "void",
        )
    }
    | {
        f"counter.{each}"
        for each in (
            "get_charge",
            "get_charges",
            "get_day",
            "get_feed",
            "post_cancel",
            "post_hold",
            "post_order",
            "post_take",
            "post_void",
        )
    }
    | {f"merchants.{each}" for each in ("post_gift", "post_gift_receiver", "post_turn")}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose counter the phone stands at, and which clerk has shown his PIN there last."""

    merchant_id: UUID
    clerk_id: UUID


def stand_at(merchant_id: UUID, clerk_id: UUID) -> None:
    """From now on this clerk stands at this counter on this phone. Only after `service.check_counter_pin`."""
    session[_KEY] = [str(merchant_id), str(clerk_id)]


def step_down() -> None:
    """The phone is its member's own again. Only after he has shown his own PIN or password."""
    session.pop(_KEY, None)


def standing() -> Standing | None:
    """At which counter this phone stands for the shop's clerks; None: it is its member's own."""
    found = session.get(_KEY)
    return Standing(UUID(found[0]), UUID(found[1])) if found else None


def who_stands_at(merchant_id: UUID | None) -> UUID | None:
    """The clerk who stands at this counter on this phone; None: whoever is signed in.

    Whether he still works there is asked anew with every charge. `merchant_id` None: not at a counter at all. Raises
    `CounterKept` when the phone of a member stands at another counter.
    """
    found = standing()
    if found is None:
        return None
    if found.merchant_id == merchant_id:
        return found.clerk_id
    if current_actor().kind == "member":
        raise _kept(found)
    return None


def keep_to_the_counter(views: Collection[str]) -> Callable[[], ResponseReturnValue | None]:
    """The guard before every request of a phone that stands at a counter: only `views` (endpoints) work.

    Anything else leads pages to `LEAVE` and is refused with `CounterKept` in the interface. A device with a token of
    its own has no member's pages to guard.
    """

    def guard() -> ResponseReturnValue | None:
        if request.endpoint is None or current_actor().kind != "member":
            return None
        found = standing()
        if found is None or (request.endpoint in views and not _elsewhere(found)):
            return None
        if request.path.startswith("/api/"):
            raise _kept(found)
        wanted = urlsplit(request.full_path)._replace(scheme="", netloc="").geturl().rstrip("?")
        return go(f"{LEAVE}?{urlencode({'next': wanted})}" if request.method == "GET" else LEAVE)

    return guard


def _elsewhere(found: Standing) -> bool:
    """Whether the request names another shop than the one at whose counter the phone stands."""
    named = (request.view_args or {}).get("merchant_id", identifier(request.args.get("merchant_id")))
    return named is not None and named != found.merchant_id


def _kept(found: Standing) -> CounterKept:
    return CounterKept(where=queries.shop(found.merchant_id).name)
