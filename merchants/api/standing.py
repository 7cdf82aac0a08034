"""Who stands at a counter that several clerks share: kept in the signed-in phone's or tablet's own session.

The page puts a clerk there once he has typed his counter PIN; charges are then written down under his name.
"""

from uuid import UUID

from flask import session

_KEY = "at_counter"


def stand_at(merchant_id: UUID, clerk_id: UUID | None) -> None:
    """From now on this clerk stands at this counter on this phone; None: whoever is signed in does again.

    Only after `service.check_counter_pin`.
    """
    if clerk_id is None:
        session.pop(_KEY, None)
    else:
        session[_KEY] = [str(merchant_id), str(clerk_id)]


def who_stands_at(merchant_id: UUID) -> UUID | None:
    """The clerk who stands at this counter on this phone; None: whoever is signed in.

    Whether he still works there is asked anew with every charge.
    """
    found = session.get(_KEY)
    return UUID(found[1]) if found and found[0] == str(merchant_id) else None
