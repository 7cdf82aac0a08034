"""`flask patrols …`: what has to run by itself."""

import click
from flask.cli import AppGroup

import patrols.service
from core.sweeps import SweepFailed

cli = AppGroup("patrols", help="Rounds, routes and checkpoints.")


@cli.command("close-overdue")
def close_overdue() -> None:
    """End every round whose time is over; run it every few minutes. Running it twice does nothing more."""
    try:
        click.echo(f"Rounds ended: {patrols.service.close_overdue()}")
    except SweepFailed as failure:
        raise click.ClickException(str(failure)) from failure
