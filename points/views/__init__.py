"""Pages about points: statements, the tariff, awards at the desk."""

from points.views import award, statement, tariff
from points.views.blueprint import views
from points.views.statement import member_panel

__all__ = ["award", "member_panel", "statement", "tariff", "views"]
