"""What counts towards the points that one person gives alone in a day, besides what he enters by hand."""

import merchants.queries
import points.service
import reports.queries


def initialise() -> None:
    """Have promises for reports without a name and deeds of shops counted in the same sum as awards."""
    points.service.connect_given(reports.queries.promised_alone, merchants.queries.awarded_alone)
