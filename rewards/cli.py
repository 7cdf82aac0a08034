"""`flask rewards …`: what has to run by itself."""

import click
from flask.cli import AppGroup

import rewards.service
from core.sweeps import SweepFailed

cli = AppGroup("rewards", help="Catalogue and vouchers.")


@cli.command("expire")
def expire() -> None:
    """End vouchers past their time, give their points back; run it every minute. Running it twice does nothing more."""
    try:
        click.echo(f"Vouchers ended: {rewards.service.expire_redemptions()}")
    except SweepFailed as failure:
        raise click.ClickException(str(failure)) from failure
