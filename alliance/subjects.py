"""What movements of points were about, for statements: the packages that sell something know the names."""

from functools import partial

import merchants.queries
import points.words
import rewards.queries


def initialise() -> None:
    """Let statements name shops and rewards."""
    for subject_type in ("charge", "shop_gift", "shop_deed"):
        names = partial(merchants.queries.subject_names, subject_type)
        points.words.name_subject(subject_type, names)
    points.words.name_subject("redemption", rewards.queries.subject_names)
