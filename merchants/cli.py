"""Commands about partner shops: `flask merchants …`."""

import click
from flask.cli import AppGroup

import merchants.service

cli = AppGroup("merchants", help="Partner shops.")


@cli.command("install-trades")
def install_trades() -> None:
    """Add the usual trades that are not in the list yet."""
    click.echo(f"trades added: {merchants.service.install_trades()}")
