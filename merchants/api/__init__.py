"""Partner shops for programs: shops and trades, the counter, settlements."""

from merchants.api import blueprint, budgets, counter, people, settlements, shops, trades

api = (blueprint.api, blueprint.counter, blueprint.settlements)

__all__ = ["api", "blueprint", "budgets", "counter", "people", "settlements", "shops", "trades"]
