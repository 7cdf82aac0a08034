"""`flask rewards …`: what has to run by itself."""

import click
from flask.cli import AppGroup

import rewards.service

cli = AppGroup("rewards", help="Catalogue and vouchers.")


@cli.command("expire")
def expire() -> None:
    """End vouchers past their time, give their points back; run it every minute. Running it twice does nothing more."""
    click.echo(f"Vouchers ended: {rewards.service.expire_redemptions()}")
