"""Pages about rewards: the member's shelf and vouchers, handing over, and the desk's stock."""

from rewards.views import editing, handing_over, returns, shelf, stock, vouchers
from rewards.views.blueprint import views

__all__ = ["editing", "handing_over", "returns", "shelf", "stock", "views", "vouchers"]
