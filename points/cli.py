"""Commands about points: `flask points …`."""

import sys

import click
from flask.cli import AppGroup

import points.service
from core.sweeps import SweepFailed
from points import checks

cli = AppGroup("points", help="Ledger and tariff.")


@cli.command("check")
def check() -> None:
    """Check every invariant of the books; exit 1 when one is broken."""
    broken = 0
    for finding in checks.run():
        mark = "ok   " if not finding.faults else "FAULT"
        click.echo(f"{mark} {finding.name}" + (f": {finding.faults}" if finding.faults else ""))
        for row in finding.rows:
            click.echo(f"      {row}")
        if finding.faults > len(finding.rows):
            click.echo(f"      … and {finding.faults - len(finding.rows)} more")
        broken += bool(finding.faults)
    click.echo(f"{broken} broken" if broken else "The books are right.")
    if broken:
        sys.exit(1)


@cli.command("expire")
def expire() -> None:
    """Book points past their day as expired. Can be broken off and repeated; once a day is fine."""
    try:
        done = points.service.expire()
    except SweepFailed as failure:
        raise click.ClickException(str(failure)) from failure
    click.echo(f"expired: {done.points} points of {done.accounts} accounts")


@cli.command("install-tariff")
def install_tariff() -> None:
    """Add the default rules that are not in the tariff yet."""
    click.echo(f"rules added: {points.service.install_tariff()}")
