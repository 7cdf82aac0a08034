"""What every page's frame needs: who reads it and how, numbers in his way of writing."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from alliance import desk_places, messages
from alliance.languages import language_tag
from core.auth import current_actor
from core.config import Settings, settings


@dataclass(frozen=True, slots=True)
class Reader:
    """How this reader wants pages to be. `theme` is "light", "dark" or "" for whatever the device wants."""

    language: str
    theme: str = ""
    large_type: bool = False
    speak: bool = False
    #: Whose account this is, while a helper acts in it.
    acting_for: str = ""


def initialise(app: Flask) -> None:
    """Give all templates `actor`, `reader` and the helpers below."""
    app.context_processor(_context)
    app.add_template_filter(group_digits)
    for helper in (alliance_name, contact_phone, desk_groups, page_address):
        app.add_template_global(helper)
    app.add_template_global(messages.problem, "problem_words")


def _context() -> dict[str, Any]:
    member = g.get("reader")
    theme = getattr(member, "theme", "")
    reader = Reader(
        language=language_tag(),
        theme=theme if theme in {"light", "dark"} else "",
        large_type=bool(getattr(member, "large_type", False)),
        speak=bool(getattr(member, "speak", False)),
        acting_for=member.name if getattr(member, "acting", False) else "",
    )
    return {"actor": current_actor(), "reader": reader}


def group_digits(value: Any) -> str:
    """A whole number with the locale's grouping; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        # Small numbers have nothing to group in either language, and a table of squads has thousands of them.
        return str(value) if 0 <= value < 1000 else str(format_decimal(value))
    return str(value)


def alliance_name() -> str:
    """What this alliance calls itself; in the reader's language as long as nobody has named it."""
    name = settings().name
    return str(_("The Alliance")) if name == Settings.__dataclass_fields__["name"].default else name


def contact_phone() -> str:
    """The coordinators' telephone, or an empty text."""
    return settings().contact_phone


def page_address(**changes: Any) -> str:
    """This page's address with some of its arguments changed, and those that are None left out."""
    arguments: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {}), **changes}
    return url_for(
        request.endpoint or "", **{name: value for name, value in arguments.items() if value is not None}
    )


def desk_groups() -> list[desk_places.Group]:
    """The places of the desk that this reader may open, and where he is."""
    return desk_places.groups(current_actor(), request.path)
