"""People for programs: session, oneself, members, squads, areas, devices."""

from members.api import admission, devices, importing, me, merges, people, session, squads
from members.api.blueprint import api

__all__ = ["admission", "api", "devices", "importing", "me", "merges", "people", "session", "squads"]
