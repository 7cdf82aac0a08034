"""Pages about activities: the members' and the desk's."""

from activities.views import campaigns, desk, member, planning, screen
from activities.views.blueprint import views

__all__ = ["campaigns", "desk", "member", "planning", "screen", "views"]
