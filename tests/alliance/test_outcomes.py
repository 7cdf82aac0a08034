"""The sentences for what a scan or an end has done."""

from flask import Flask

from alliance import messages


def next_step(app: Flask, **body: object) -> str:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return messages.outcome({"outcome": "round_incomplete", **body}).next_step


def test_a_round_that_was_too_short_says_so_and_names_the_missed_points_apart(app: Flask) -> None:
    words = next_step(app, minutes=2, minutes_needed=10, missing=["东门", "车棚"])
    assert words.startswith("It was shorter than 10 minutes.")
    assert "东门" in words
    assert "车棚" in words


def test_a_round_that_was_long_enough_names_only_the_points(app: Flask) -> None:
    assert "shorter" not in next_step(app, minutes=12, minutes_needed=10, missing=["东门"])
