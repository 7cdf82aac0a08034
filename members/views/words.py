"""Names of states, roles and kinds in the reader's language."""

from flask_babel import lazy_gettext as _

_STATUSES = {
    "applied": (_("waits for admission"), "warn"),
    "active": (_("active"), "ok"),
    "on_leave": (_("on leave"), "calm"),
    "suspended": (_("suspended"), "refuse"),
    "left": (_("has left"), ""),
}
ROLES = {
    "volunteer": _("volunteer"),
    "resident": _("resident"),
    "clerk": _("clerk"),
    "coordinator": _("coordinator"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
}
SQUAD_KINDS = {
    "patrol": _("patrol squad"),
    "women": _("women's patrol squad"),
    "sunset_glow": _("sunset-glow squad"),
    "courier": _("couriers"),
    "school_guard": _("school guards"),
    "other": _("other squad"),
}
LEVELS = {
    "station": _("police station"),
    "community": _("community"),
    "grid": _("grid"),
    "estate": _("estate"),
}
COLORS = {
    "red": _("red"),
    "orange": _("orange"),
    "amber": _("amber"),
    "olive": _("olive"),
    "green": _("green"),
    "teal": _("teal"),
    "cyan": _("cyan"),
    "blue": _("blue"),
    "indigo": _("indigo"),
    "violet": _("violet"),
    "magenta": _("magenta"),
    "slate": _("slate"),
}
DEVICE_PERMISSIONS = {
    "patrol.walk": _("take scans of plates, with a member's code"),
    "award.give": _("award good deeds by card"),
    "board.read": _("read leaderboards"),
    "wall.read": _("show the wall display"),
    "activity.show": _("show attendance codes of activities"),
    "charge.take": _("take points at a shop's counter"),
}


def status(code: str) -> str:
    """A status in words."""
    return str(_STATUSES[code][0])


def status_tone(code: str) -> str:
    """The tone of a status' badge."""
    return _STATUSES[code][1]


def role(code: str) -> str:
    """A role in words."""
    return str(ROLES[code])


def squad_kind(code: str) -> str:
    """A kind of squad in words."""
    return str(SQUAD_KINDS[code])


def level(code: str) -> str:
    """A level of areas in words."""
    return str(LEVELS[code])


def permission(code: str) -> str:
    """What a device may do, in words."""
    return str(DEVICE_PERMISSIONS.get(code, code))
