"""What happens all day costs the same in the tenth year: none of it reads a table that grows from end to end."""

import contextlib
import itertools
from collections.abc import Generator

from flask import Flask
from flask.testing import FlaskClient

from core.db import db
from tests.support import market, phones, plans, town
from tests.support.crew import Answer

#: What a police room adds a few of in a year, and lists made up inside of a statement.
SMALL = {"route", "route_checkpoint", "tariff_rule", "squad", "area", "seasons", "above", "around"}
TIMES = 40


def work(app: Flask, place: town.Town, fair: market.Market) -> None:
    """Rounds, awards by card, payments of every kind, some taken back, and vouchers, of some people by turns."""
    client = app.test_client(use_cookies=False)
    for seed, person in enumerate(place.members):
        scans = itertools.chain(phones.patrol(person, place, rounds=2), phones.awards(person, place, count=2))
        do(client, (wish for wish in scans))
        do(client, market.spend(fair, person, seed, times=TIMES))


def do(client: FlaskClient, wishes: Generator[phones.Wish, Answer, None]) -> None:
    """Send what somebody wishes and tell him the answers."""
    answer: Answer | None = None
    with contextlib.suppress(StopIteration):
        while True:
            wish = wishes.send(answer)  # type: ignore[arg-type] # nothing is sent to one that has not begun
            headers, body, path = (*wish, phones.SCANS)[:3]
            more = {"device": "a phone"} if path == phones.SCANS else {}
            response = client.post(path, json=body | more, headers=headers)
            assert response.status_code < 500, response.text
            answer = Answer(response.status_code, response.text)


def test_no_scan_award_or_payment_reads_a_growing_table_from_end_to_end(database_app: Flask) -> None:
    place = town.build(database_app, people=4)
    fair = market.open_market(database_app, place, stalls=2)
    with plans.Statements() as statements:
        work(database_app, place, fair)
    found = {
        f"{table}: {' '.join(text.split())}"
        for text, values in statements.sent.items()
        for table in plans.read_whole(text, values) - SMALL
    }
    db.session.rollback()
    assert found == set()
    assert len(statements.sent) > 60
