"""`flask merchants …`: what has to run by itself, or once a month."""

import click
from flask.cli import AppGroup

import merchants.service
from core.auth import SYSTEM
from core.errors import DomainError
from core.sweeps import SweepFailed
from merchants.rules.settling import yuan

cli = AppGroup("merchants", help="Partner shops: payments at counters, settlement.")


@cli.command("settle")
@click.option("--month", required=True, help="The month, as in 2026-10; it must be over.")
def settle(month: str) -> None:
    """Draft the statements of a month for all shops. Running it twice makes nothing more."""
    try:
        drafted = merchants.service.draft_month(SYSTEM, month=month)
    except DomainError as refusal:
        details = " ".join(f"{name}={value}" for name, value in refusal.data.items() if name != "field")
        raise click.ClickException(f"{refusal.code} {details}".strip()) from refusal
    click.echo(
        f"{drafted.month}: {drafted.made} statements made, {drafted.statements} in all, "
        f"{drafted.points} points, {yuan(drafted.cents)}"
    )


@cli.command("expire")
def expire() -> None:
    """End payments that nobody finished in time; the points go back. Running it twice does nothing more."""
    try:
        click.echo(f"Payments ended: {merchants.service.expire_charges()}")
    except SweepFailed as failure:
        raise click.ClickException(str(failure)) from failure


@cli.command("install-trades")
def install_trades() -> None:
    """Add the usual trades that are not in the list yet."""
    click.echo(f"trades added: {merchants.service.install_trades()}")
