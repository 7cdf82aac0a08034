"""Pages about patrols: for walkers, and for the desk."""

from patrols.views import desk, places, walking
from patrols.views.blueprint import views

__all__ = ["desk", "places", "views", "walking"]
