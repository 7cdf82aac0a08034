"""`flask alliance …` and `flask audit …`: commands that concern the whole house."""

import itertools
import sys
from collections.abc import Iterator
from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup
from flask_migrate import upgrade as migrate

from alliance import demo as demo_alliance
from alliance import keeper
from core import chain, clock, seals
from core.config import ROOT

#: Fewer letters of a digest than this prove nothing.
SHORTEST_DIGEST = 16

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


@cli.command("chores")
def chores() -> None:
    """Do once what the keeper does by the clock; for a server that was started without it."""
    waiting = keeper.chores()
    done = keeper.do_due(waiting)
    for chore in waiting:
        click.echo(f"{'done' if chore.name in done else 'FAILED'}: {chore.name}")
    if len(done) < len(waiting):
        raise click.ClickException("Not everything could be done; the log says why.")


audit = AppGroup("audit", help="The audit log: chained, sealed, verified.")


@audit.command("seal")
def seal() -> None:
    """Chain the entries that wait and seal the books of finished days; the keeper does both by itself."""
    chained = chain.seal()
    days = seals.seal_books()
    click.echo(f"chained: {chained + chain.seal()} entries, sealed: {days} spans of the books")


@audit.command("digest")
def digest() -> None:
    """Print today's date, the number of entries and the last digest, to be written down for the wall."""
    chain.seal()
    head = chain.head()
    click.echo(f"{clock.today().isoformat()}  {head.number} entries")
    click.echo(" ".join(head.groups))


@audit.command("verify")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave out books sealed before this day.")
@click.option("--number", type=int, help="Number of entries on the sheet on the wall.")
@click.option("--digest", "written", default="", help="Digest on that sheet, or its first groups.")
def verify(since: datetime | None, number: int | None, written: str) -> None:
    """Walk along the chain and reckon the sealed books anew; exit 1 when anything is not what it was."""
    after = clock.start_of(since.date()) if since else None
    faults = 0
    for fault in itertools.chain(chain.verify(), seals.verify(after), _wall(number, written)):
        click.echo(f"FAULT {fault.where}: {fault.what}")
        faults += 1
    head = chain.head()
    until = seals.sealed_until()
    click.echo(f"{head.number} entries chained, {head.waiting} wait; books sealed until {until or 'never'}")
    click.echo(f"{faults} faults" if faults else "The audit log and the sealed books are right.")
    if faults:
        sys.exit(1)


def _wall(number: int | None, written: str) -> Iterator[chain.Fault]:
    """Whether the chain still has the digest that hangs on the wall: who made it all anew has another one."""
    if number is None:
        return
    wanted = "".join(written.split()).lower()
    if len(wanted) < SHORTEST_DIGEST or not (chain.digest_at(number) or "").startswith(wanted):
        yield chain.Fault(f"entry {number}", "has not the digest that was written down")
