"""`flask alliance …`: commands that concern the whole house."""

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade as migrate

from alliance import demo as demo_alliance
from core.config import ROOT

cli = AppGroup("alliance", help="The whole house: tables and the demo alliance.")


def prepare() -> None:
    """Bring the tables of the database to this version. Raises what Alembic raises."""
    migrate(directory=str(ROOT / "migrations"))


@cli.command("upgrade")
def upgrade() -> None:
    """Bring the tables of the database to this version."""
    prepare()
    click.echo("The tables are up to date.")


@cli.command("demo")
def demo() -> None:
    """Fill an empty database with the demo alliance, and print its sign-ins."""
    if not demo_alliance.is_empty():
        raise click.ClickException("There are members already: the demo alliance needs an empty database.")
    for line in demo_alliance.fill():
        click.echo(line)
    click.echo(f"Demo alliance ready at {current_app.extensions['alliance_settings'].base_url}")
