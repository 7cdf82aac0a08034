"""The town behind a real server of several processes, and what is in its database."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from alliance.factory import create_app
from core.config import Settings
from core.db import db
from patrols.models import Visit
from points.models import Lot, Transfer
from tests.support import reckoning, town
from tests.support.gunicorn import Gunicorn, serving
from tests.support.town import Person, Town


@dataclass
class ServedTown:
    """`app` is this process's own look at the database; the answers come from `server`."""

    app: Flask
    town: Town
    server: Gunicorn
    log: Path

    def __post_init__(self) -> None:
        self._unknown = iter(self.town.members)

    def newcomers(self, count: int) -> list[Person]:
        """Members who have done nothing yet, so that tests can share a town."""
        return [next(self._unknown) for _ in range(count)]

    def balance(self, person: Person) -> int:
        """The points of a member by the lots in the database."""
        return self._scalar(sa.select(sa.func.sum(Lot.balance)).where(Lot.account_id == person.id))

    def transfers(self, person: Person) -> int:
        """How often points have come to a member."""
        return self._scalar(sa.select(sa.func.count()).where(Transfer.credit_account_id == person.id))

    def visits(self, *people: Person) -> int:
        """How many visits the members have made."""
        ids = [each.id for each in people]
        return self._scalar(sa.select(sa.func.count()).where(Visit.member_id.in_(ids)))

    def visit_keys(self, *people: Person) -> set[UUID]:
        """The keys of these visits."""
        with self.app.app_context():
            ids = [each.id for each in people]
            return set(db.session.scalars(sa.select(Visit.id).where(Visit.member_id.in_(ids))))

    def complaints(self) -> list[str]:
        """What is wrong in the books, and what the server said about faults and locked databases."""
        with self.app.app_context():
            faults = reckoning.faulty_books()
        return faults + [_in_short(line) for line in self.log.read_text().splitlines() if _is_fault(line)]

    def _scalar(self, query: "sa.Select[tuple[int]]") -> int:
        with self.app.app_context():
            return int(db.session.scalar(query) or 0)


def _is_fault(line: str) -> bool:
    return any(sign in line for sign in ('"event": "fault"', "database is locked", "deadlock"))


def _in_short(line: str) -> str:
    """The last words of a fault: what was raised, without the way that led there."""
    with contextlib.suppress(ValueError):
        return str(json.loads(line).get("exception", line))[-600:]
    return line


@contextlib.contextmanager
def serve_town(
    settings: Settings, log: Path, *, people: int, workers: int = 2, options: tuple[str, ...] = ()
) -> Iterator[ServedTown]:
    """Found a town in the empty database of `settings` and serve it with gunicorn until the end of the block."""
    app = create_app(settings)
    try:
        place = town.build(app, people=people)
        with serving(settings, log, workers=workers, options=options) as server:
            yield ServedTown(app, place, server, log)
    finally:
        with app.app_context():
            db.engine.dispose()
