"""Pages of partner shops: directory, counter, paying, the owner's and the desk's pages."""

from merchants.views import directory
from merchants.views.blueprint import views

__all__ = ["directory", "views"]
