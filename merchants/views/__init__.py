"""Pages of partner shops: directory, counter, paying, the owner's and the desk's pages."""

from merchants.views import counter, directory, paying, settlements
from merchants.views.blueprint import views

__all__ = ["counter", "directory", "paying", "settlements", "views"]
