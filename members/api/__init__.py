"""People for programs: session, oneself, members, squads, areas, devices."""

from members.api import admission, devices, me, merges, people, session, squads
from members.api.blueprint import api

__all__ = ["admission", "api", "devices", "me", "merges", "people", "session", "squads"]
