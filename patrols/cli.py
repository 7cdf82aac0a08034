"""`flask patrols …`: what has to run by itself."""

import click
from flask.cli import AppGroup

import patrols.service

cli = AppGroup("patrols", help="Rounds, routes and checkpoints.")


@cli.command("close-overdue")
def close_overdue() -> None:
    """End every round whose time is over; run it every few minutes. Running it twice does nothing more."""
    click.echo(f"Rounds ended: {patrols.service.close_overdue()}")
