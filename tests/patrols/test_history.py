"""Rounds of the past, taken over in bulk by the same rules that decide about scans."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

import patrols.queries
import patrols.service
from core import clock
from core.auth import SYSTEM
from core.db import db, new_id
from patrols.errors import RouteUnknown
from patrols.models import Round
from patrols.service import PastRound, PastVisit, PastWalker
from tests.support import patrols_builders as patrol

LAST_MONTH = timedelta(days=30)


@pytest.fixture
def town(database_app, clock):
    patrol.tariff()
    return patrol.street(3, minimum_points=2, minimum_minutes=5)


def walked(street, *, stops=3, minutes=4, by_hand=None):
    """A round of last month by two, the second a minute later, with so many stops, so many minutes apart."""
    first, second = (patrol.person(name).id for name in ("王芳", "李梅"))
    began = clock.now() - LAST_MONTH
    visits = [
        PastVisit(checkpoint_id, (first, second)[place % 2], began + timedelta(minutes=minutes * place))
        for place, checkpoint_id in enumerate(street.checkpoints[:stops])
    ]
    return PastRound(
        id=new_id(),
        route_id=street.route_id,
        squad_id=None,
        walkers=(PastWalker(first, began, 2), PastWalker(second, began + timedelta(minutes=1), 0)),
        visits=tuple(visits),
        ended_by_hand_at=None if by_hand is None else began + timedelta(minutes=by_hand),
    )


def test_a_round_taken_over_is_complete_with_its_visits_and_everybodys_minutes(town):
    past = walked(town)
    assert patrols.service.import_rounds([past]) == 1
    seen = patrols.queries.round_for(SYSTEM, past.id)
    assert (seen.line.state, seen.ended_how, seen.visited, seen.missed) == ("completed", "visit", 3, ())
    assert [stop.visited_at for stop in seen.stops] == [visit.happened_at for visit in past.visits]
    assert [(each.points, each.service_minutes, each.outcome) for each in seen.walkers] == [
        (2, 8, "paid"),
        (0, 7, "capped"),
    ]


def test_a_round_ended_by_hand_names_what_it_missed(town):
    past = walked(town, stops=2, by_hand=9)
    patrols.service.import_rounds([past])
    seen = patrols.queries.round_for(SYSTEM, past.id)
    assert (seen.ended_how, seen.visited, len(seen.missed)) == ("hand", 2, 1)
    assert seen.line.minutes == 9


@pytest.mark.parametrize(
    "how",
    [
        {"stops": 1, "by_hand": 30},
        {"stops": 2, "by_hand": 4},
        {"stops": 2},
        {"minutes": 0.5, "by_hand": 30},
    ],
    ids=["too few points", "too few minutes", "not by itself", "faster than anybody walks"],
)
def test_a_round_that_would_not_have_been_paid_is_refused_and_nothing_is_written(town, how):
    past = walked(town, **how)
    with pytest.raises(ValueError, match=str(past.id)):
        patrols.service.import_rounds([walked(town), past])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Round)) == 0


def test_a_round_on_no_route_is_refused(town):
    with pytest.raises(RouteUnknown):
        patrols.service.import_rounds([replace(walked(town), route_id=new_id())])
