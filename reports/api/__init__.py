"""Reports, rented homes and bills for programs."""

from reports.api import counter, handling, telling
from reports.api.blueprint import api

__all__ = ["api", "counter", "handling", "telling"]
