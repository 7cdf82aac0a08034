"""`flask reports …`: what has to run by itself."""

import click
from flask.cli import AppGroup

import reports.service

cli = AppGroup("reports", help="Reports by residents.")


@cli.command("retain")
def retain() -> None:
    """Remove what is kept no longer, and the order of reports without a name; run it once a day, after midnight."""
    done = reports.service.retain()
    click.echo(f"photos removed: {done.photos}")
    click.echo(f"reports whose words were removed: {done.words}")
    click.echo(f"homes whose address was removed: {done.homes}")
    click.echo(f"reports without a name put out of order: {done.shuffled}")
