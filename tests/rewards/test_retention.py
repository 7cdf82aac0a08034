"""An address of somebody's home is kept no longer than fitting and guarantee need it."""

import pytest
import sqlalchemy as sa

import rewards.queries
import rewards.service
from alliance.messages.acts import ACTS
from core.audit import AuditEntry
from core.config import settings
from core.db import db, new_id
from tests.support import rewards_builders as shelf


@pytest.fixture(autouse=True)
def alliance(app, clock):
    return app


def fitted(place="3 号楼 502"):
    """A lock that was handed over to somebody; the member and the redemption's id."""
    wang = shelf.member()
    redemption_id, code = shelf.voucher(wang, shelf.reward(kind="security"))
    rewards.service.hand_over(shelf.desk(), key=new_id(), code=code, fitting_place=place, fitting_help=True)
    return wang, redemption_id


def place(member, redemption_id):
    db.session.rollback()
    return rewards.queries.redemption(member, redemption_id).fitting_place


def test_the_place_is_cleared_after_its_days_and_the_log_has_how_many(clock):
    old = fitted()
    clock.tick(days=1)
    young = fitted("5 号楼 101")
    clock.tick(days=settings().fitting_place_days - 1, minutes=-1)
    assert rewards.service.forget_fitting_places() == 0
    clock.tick(minutes=1)
    assert [rewards.service.forget_fitting_places() for _ in range(2)] == [1, 0]
    assert (place(*old), place(*young)) == ("", "5 号楼 101")
    (entry,) = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "voucher.places_cleared")
    ).all()
    assert entry.data == {"rows": 1}
    assert entry.action in ACTS


def test_the_command_says_how_many_it_has_cleared(app, clock):
    fitted()
    clock.tick(days=settings().fitting_place_days)
    assert "Places cleared: 1" in app.test_cli_runner().invoke(args=["rewards", "retain"]).output
