"""Hours of service stand beside the points, from the same source as on the page of rounds."""

from flask import Flask
from flask.testing import FlaskClient

import members.queries
from core.clock import FrozenClock
from tests.support import members_builders as people
from tests.support import patrols_builders as walks


def test_the_statement_shows_the_hours_that_rounds_have_brought(
    app: Flask, client: FlaskClient, clock: FrozenClock
) -> None:
    walks.tariff()
    street = walks.street(2)
    walker = walks.person()
    walks.visit(walker, street.plate(1))
    clock.tick(minutes=75)
    walks.visit(walker, street.plate(2))
    people.sign_in(client, members.queries.facts(walker.id))
    page = client.get("/me/statement").text
    hours, minutes = page.split("今年服务时长")[1].split('number-value">')[1:3]
    assert (hours.split("<")[0], minutes.split("<")[0]) == ("1", "15")
