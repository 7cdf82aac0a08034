"""Pages about reports: telling, following, collecting points, and the desk's handling, homes and bills."""

from reports.views import bills, collecting, following, handling, homes, own, telling
from reports.views.blueprint import views

__all__ = ["bills", "collecting", "following", "handling", "homes", "own", "telling", "views"]
