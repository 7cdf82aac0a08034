"""Who is asking, and what they may do.

An `Actor` is made once per request (or command) and handed to services. Which role holds which permission is not
decided here but in the one role table, `members/rules.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

from flask import g

from core.errors import PermissionMissing, Unauthenticated

NIL = UUID(int=0)
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts.

    `id` is the member's or the device's id and stands in receipts, transfers and the audit log. `member_id` is the
    person answerable for the act: for a device, the member under whom it was enrolled.
    """

    id: UUID
    kind: Literal["member", "device", "system", "stranger"]
    permissions: frozenset[str] = frozenset()
    member_id: UUID | None = None
    squad_id: UUID | None = None
    name: str = ""

    def may(self, permission: str) -> bool:
        """Whether the actor holds the permission."""
        return self.kind == "system" or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise `Unauthenticated` for a stranger and `PermissionMissing` for anybody else without the permission."""
        if self.may(permission):
            return
        if self.kind == "stranger":
            raise Unauthenticated
        raise PermissionMissing(permission=permission)


#: Commands and scheduled runs.
SYSTEM = Actor(id=NIL, kind="system", name="system")
#: Anybody who is not signed in.
STRANGER = Actor(id=NIL, kind="stranger")


def requires(permission: str) -> Callable[[View], View]:
    """Mark a view as open only to actors with `permission`; the gatekeeper in `alliance/login.py` enforces it."""

    def mark(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined] # a view function carries its own mark
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to everybody, signed in or not."""
    view.required_permission = None  # type: ignore[attr-defined] # a view function carries its own mark
    return view


def before_consent(view: View) -> View:
    """Mark a page that also opens while its reader has not agreed to the newest text about personal data."""
    view.before_consent = True  # type: ignore[attr-defined] # a view function carries its own mark
    return view


def unlogged(view: View) -> View:
    """Mark a view whose requests leave no line in the log: a report without a name must not be found by its time."""
    view.unlogged = True  # type: ignore[attr-defined] # a view function carries its own mark
    return view


def logged_nameless(view: View) -> View:
    """Mark a view whose requests stand in the log without who asked: where he stood is nobody's business."""
    view.logged_nameless = True  # type: ignore[attr-defined] # a view function carries its own mark
    return view


def limited(limit: str) -> Callable[[View], View]:
    """Mark a view that a network address may ask only so often, as in "20 per hour"; counted, nothing else is kept."""

    def mark(view: View) -> View:
        view.address_limit = limit  # type: ignore[attr-defined] # a view function carries its own mark
        return view

    return mark


def current_actor() -> Actor:
    """The actor of this request, set by `alliance/login.py` before any view runs."""
    actor: Actor = g.get("actor", STRANGER)
    return actor
