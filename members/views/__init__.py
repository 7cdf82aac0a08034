"""Pages about people: signing in, joining, one's own account, the desk."""

from members.views import (
    cards,
    counter,
    desk,
    devices,
    endorsing,
    importing,
    joining,
    lists,
    me,
    merging,
    mislaid,
    overview,
    personal,
    record,
    security,
    sign_in,
    squads,
)
from members.views.blueprint import views

__all__ = [
    "cards",
    "counter",
    "desk",
    "devices",
    "endorsing",
    "importing",
    "joining",
    "lists",
    "me",
    "merging",
    "mislaid",
    "overview",
    "personal",
    "record",
    "security",
    "sign_in",
    "squads",
    "views",
]
