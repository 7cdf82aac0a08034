"""People for programs: session, oneself, members, squads, areas, devices."""

from members.api import devices, me, people, session, squads
from members.api.blueprint import api

__all__ = ["api", "devices", "me", "people", "session", "squads"]
