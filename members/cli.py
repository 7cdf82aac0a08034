"""Commands about people: `flask members …`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

import members.service
from core.auth import SYSTEM
from core.db import new_id
from core.errors import DomainError
from members import queries
from members.admission_rules import LARGEST_IMPORT_BYTES, TARGETS
from members.queries import MemberFacts
from members.rules import clean_phone, read_number, spoken_number

cli = AppGroup("members", help="People: administrators, sessions, leaves.")


@cli.command("create-administrator")
@click.option("--name", prompt=True, help="name as it stands on the card")
@click.option("--phone", prompt=True, help="mobile number to sign in with")
@click.password_option("--password", help="to sign in with; asked for when not given")
def create_administrator(name: str, phone: str, password: str) -> None:
    """Enter an administrator; the first one of an alliance is made this way."""
    try:
        made = members.service.add_member(
            SYSTEM, name=name, phone=phone, roles=["administrator"], password=password
        )
    except DomainError as refusal:
        raise _told(refusal) from refusal
    click.echo(f"administrator {made.name}, member number {spoken_number(made.number)}")


@cli.command("sign-out-everywhere")
@click.argument("member")
def sign_out_everywhere(member: str) -> None:
    """End all sessions of MEMBER (number or telephone), at their next request."""
    found = _find(member)
    members.service.sign_out_everywhere(SYSTEM, found.id)
    click.echo(f"signed out: {spoken_number(found.number)}")


@cli.command("set-password")
@click.argument("member")
@click.password_option("--password", help="to sign in with; asked for when not given")
def set_password(member: str, password: str) -> None:
    """Set the password of MEMBER (number or telephone), who is signed out everywhere."""
    found = _find(member)
    try:
        members.service.set_password(SYSTEM, found.id, password)
    except DomainError as refusal:
        raise _told(refusal) from refusal
    click.echo(f"password set: {spoken_number(found.number)}")


@cli.command("suspend")
@click.argument("member")
@click.option("--reason", prompt=True, help="kept in the audit log")
def suspend(member: str, reason: str) -> None:
    """Suspend MEMBER (number or telephone)."""
    found = _find(member)
    try:
        members.service.suspend(SYSTEM, found.id, reason)
    except DomainError as refusal:
        raise _told(refusal) from refusal
    click.echo(f"suspended: {spoken_number(found.number)}")


@cli.command("end-leaves")
def end_leaves() -> None:
    """Book the end of leaves whose last day is over. Run it once a day; running it again changes nothing."""
    click.echo(f"leaves ended: {members.service.end_leaves()}")


@cli.command("tidy")
def tidy() -> None:
    """Delete counters of tries, one-time codes and spent codes that no longer matter."""
    click.echo(f"rows deleted: {members.service.tidy()}")


@cli.command("retain")
def retain() -> None:
    """Delete personal data whose owner wished so, and what is older than the settings say.

    A wish is carried out when its waiting time is over. The keeper does all this by itself; again changes nothing.
    """
    done = members.service.retain()
    click.echo(f"members deleted: {done.erased}, hindered by open matters: {done.hindered}")
    click.echo(f"rows deleted: {done.rows}")


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="only say what would happen")
@click.option("--target", type=click.Choice(TARGETS), default="active", help="status of whoever comes in")
def import_members(file: Path, dry_run: bool, target: str) -> None:
    """Take members in from FILE, an XLSX or CSV whose first row names the columns. Every row left out is told.

    What is broken off goes on by itself while the service runs, a check as well as a run; the same file again enters
    nobody twice.
    """
    try:
        content = _read(file)
        if dry_run:
            _tell_plan(members.service.rehearse_import(SYSTEM, content))
            return
        brought = members.service.bring_list(
            SYSTEM, content, key=new_id(), target=target, file_name=file.name
        )
        import_id = UUID(brought.body["import_id"])
        while members.service.work_off_import(import_id, seconds=2):
            found = queries.member_import(import_id)
            click.echo(f"{found.checked_percent} percent of the file checked", err=True)
        refusal = members.service.check_failure(import_id)
        if refusal is not None:
            raise refusal
        members.service.start_import(SYSTEM, import_id)
        while members.service.work_off_import(import_id, seconds=2):
            found = queries.member_import(import_id)
            click.echo(f"{found.done} of {found.total} rows", err=True)
    except DomainError as refusal:
        raise _told(refusal) from refusal
    for row in queries.all_import_rows(import_id):
        if row.problem:
            click.echo(f"row {row.number}: {row.problem}{_data(row.problem_data)}")
    found = queries.member_import(import_id)
    click.echo(f"members entered: {found.entered}, rows left out: {found.left_out}")


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        content = opened.read(LARGEST_IMPORT_BYTES + 1)
    if len(content) > LARGEST_IMPORT_BYTES:
        raise click.ClickException(f"the file is larger than {LARGEST_IMPORT_BYTES} bytes")
    return content


def _tell_plan(planned: members.service.PlannedImport) -> None:
    for row in planned.problems:
        if row.problem is not None:
            click.echo(f"row {row.number}: {row.problem.code}{_data(row.problem.data)}")
    would = len(planned.rows) - len(planned.problems)
    click.echo(f"members who would be entered: {would}, rows left out: {len(planned.problems)}")


@cli.command("check")
@click.pass_context
def check(context: click.Context) -> None:
    """Compare the head-count of every squad with its active members; exit 1 when one is wrong."""
    wrong = queries.squad_differences()
    for each in wrong:
        click.echo(f"squad {each.squad_id}: stored {each.stored}, counted {each.counted}")
    click.echo(f"squads with a wrong head-count: {len(wrong)}")
    context.exit(1 if wrong else 0)


def _find(text: str) -> MemberFacts:
    number = read_number(text)
    found = queries.facts_by_number(number) if number is not None else None
    if found is not None:
        return found
    try:
        items = queries.search(clean_phone(text)).items
    except DomainError:
        items = []
    if not items:
        raise click.ClickException("no member has this number or telephone")
    return queries.facts(items[0].id)


def _told(refusal: DomainError) -> click.ClickException:
    return click.ClickException(f"{refusal.code}{_data(refusal.data)}")


def _data(data: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name}: {value}" for name, value in data.items())
    return f" ({told})" if told else ""
