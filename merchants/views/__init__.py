"""Pages of partner shops: directory, counter, paying, the owner's and the desk's pages."""

from merchants.views import (
    budgets,
    counter,
    desk,
    directory,
    giving,
    offers,
    owner,
    paying,
    people,
    posts,
    settlements,
    shop_form,
    trades,
    turns,
)
from merchants.views.blueprint import views

__all__ = [
    "budgets",
    "counter",
    "desk",
    "directory",
    "giving",
    "offers",
    "owner",
    "paying",
    "people",
    "posts",
    "settlements",
    "shop_form",
    "trades",
    "turns",
    "views",
]
