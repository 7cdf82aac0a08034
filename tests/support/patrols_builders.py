"""A squad, a street with plates, and people who walk along it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import members.service
import patrols.queries
import patrols.service
import points.queries
import points.service
from core import clock, codes, receipts
from core.auth import SYSTEM, Actor
from core.codes import Code, Kind
from core.config import settings
from core.db import db, new_id
from core.errors import DomainError
from core.scans import Scan
from patrols.models import Checkpoint, Round, RoundFlag, RoundMember, Visit
from patrols.service import CheckpointWish, RouteWish
from tests.support import members_builders

NAMES = ("西门岗亭", "三号楼后巷", "配电房", "东门", "小广场", "自行车棚")
#: One hundred metres apart, on a line from west to east.
WEST_E6, LATITUDE_E6, STEP_E6 = 119_100_000, 34_600_000, 1_093
_numbers = count(1)
__all__ = ["UUID", "db", "new_id", "sa", "timedelta"]


@dataclass(frozen=True)
class Street:
    """A route with its checkpoints in order, as its id and the codes of its plates."""

    route_id: UUID
    checkpoints: tuple[UUID, ...]

    def plate(self, place: int) -> Code:
        """The code on the plate at this place, counted from 1, as printed last."""
        return plate_of(self.checkpoints[place - 1])


def plate_of(checkpoint_id: UUID) -> Code:
    """The code that is printed on the checkpoint's newest plate."""
    generation = db.session.scalar(sa.select(Checkpoint.generation).where(Checkpoint.id == checkpoint_id))
    return codes.printed_code(codes.keyring(settings()), Kind.CHECKPOINT, checkpoint_id, generation)


def neighbourhood(places: int = 3, name: str = "西苑社区") -> list[Code]:
    """The plates of a new area, which is all that a report without a name keeps of them."""
    area_id = members_builders.area(name)
    return [plate_of(checkpoint(f"{name}{place}号点", place, area_id=area_id)) for place in range(places)]


def tariff() -> None:
    """The printed tariff: a patrol brings 2 points, twice a day."""
    points.service.install_tariff(SYSTEM)


def checkpoint(name: str = "西门岗亭", place: int = 0, **wish: Any) -> UUID:
    """A checkpoint; `place` moves it along the street by a hundred metres each."""
    where = {"latitude_e6": LATITUDE_E6, "longitude_e6": WEST_E6 + place * STEP_E6}
    return patrols.service.create_checkpoint(SYSTEM, CheckpointWish(name=name, **(where | wish)))


def street(places: int = 3, *, checkpoints: tuple[UUID, ...] = (), **wish: Any) -> Street:
    """A route over new checkpoints a hundred metres apart, without conditions beyond visiting them all."""
    checkpoints = checkpoints or tuple(checkpoint(NAMES[place], place) for place in range(places))
    values = {
        "name": f"夜巡{next(_numbers)}号线",
        "cooldown_minutes": 0,
        "checkpoint_ids": checkpoints,
    } | wish
    return Street(patrols.service.create_route(SYSTEM, RouteWish(**values)), checkpoints)


def person(name: str = "王秀英", *roles: str, squad_id: UUID | None = None) -> Actor:
    """An active member with these roles, a volunteer if none is given."""
    return members_builders.actor(members_builders.member(name, *roles, squad_id=squad_id))


def captain(name: str = "周桂兰") -> Actor:
    """The captain of a new squad."""
    squad = members_builders.squad()
    found = person(name, squad_id=squad)
    members.service.appoint_captains(SYSTEM, squad, captain_id=found.id, acting_captain_id=None)
    return found


def coordinator(name: str = "陈国平") -> Actor:
    """Somebody who judges rounds."""
    return person(name, "coordinator")


def gate() -> Actor:
    """A device on a wall that reads plates and cards."""
    return Actor(new_id(), "device", frozenset({"patrol.walk", "scan.send"}), new_id())


def scan_of(code: Code, **given: Any) -> Scan:
    """A scan that arrives now; the phone says nothing about time unless told to."""
    return Scan(**({"id": new_id(), "code": code, "received_at": clock.now()} | given))


def visit(actor: Actor, code: Code, **given: Any) -> dict[str, Any]:
    """What the gate does with a scan of a plate, and its answer. Raises the refusal."""
    scan = scan_of(code, **given)
    return receipts.once(
        scan.id, actor, "scan", {"code": code.text}, lambda: patrols.service.visit_checkpoint(actor, scan)
    ).body


def queued_visit(actor: Actor, code: Code, happened_at: datetime, **given: Any) -> dict[str, Any]:
    """A scan that waited in the phone, whose clock is right."""
    return visit(actor, code, scanned_at=happened_at, sent_at=clock.now(), **given)


def join(actor: Actor, captain: Actor, round_id: Any, **given: Any) -> dict[str, Any]:
    """Scan the code that the captain's screen shows now."""
    return _join(actor, patrols.service.captain_code(captain, UUID(str(round_id))), **given)


def join_typed(actor: Actor, captain: Actor, round_id: Any, **given: Any) -> dict[str, Any]:
    """Type the short form of the captain's code, told over the telephone."""
    return _join(actor, patrols.service.typed_captain_code(captain, UUID(str(round_id))), **given)


def _join(actor: Actor, code: Code, **given: Any) -> dict[str, Any]:
    scan = scan_of(code, **given)
    return receipts.once(
        scan.id, actor, "scan", {"code": code.text}, lambda: patrols.service.join_round(actor, scan)
    ).body


def end(actor: Actor, round_id: Any) -> dict[str, Any]:
    """End the round by hand."""
    return patrols.service.end_round(actor, key=new_id(), round_id=UUID(str(round_id))).body


def open_round(actor: Actor, route_id: UUID, member_ids: Sequence[UUID] = ()) -> dict[str, Any]:
    """Begin a round without a scan."""
    return patrols.service.open_round(actor, key=new_id(), route_id=route_id, member_ids=member_ids).body


def leave(actor: Actor, round_id: Any) -> dict[str, Any]:
    """Leave the round."""
    return patrols.service.leave_round(actor, key=new_id(), round_id=UUID(str(round_id))).body


def judge(actor: Actor, round_id: Any, *, accept: bool = True, reason: str = "电话核实过") -> dict[str, Any]:
    """Judge a held round."""
    return patrols.service.judge_round(
        actor, key=new_id(), round_id=UUID(str(round_id)), accept=accept, reason=reason
    ).body


def refusal(work: Any, *arguments: Any, **keywords: Any) -> str:
    """The code with which the work is refused; fails the test when it is not."""
    try:
        work(*arguments, **keywords)
    except DomainError as error:
        return error.code
    raise AssertionError("was not refused")


def balance(actor: Actor) -> int:
    """Points that the member can spend."""
    fresh()
    return points.queries.balance(actor.id)


def fresh() -> None:
    """Let the test see what others have written since."""
    db.session.rollback()


def picture() -> list[tuple[Any, ...]]:
    """All rounds with their visits, walkers and flags, without ids: to compare two ways to the same end."""
    fresh()
    found = []
    for each in db.session.scalars(sa.select(Round).order_by(Round.opened_at)):
        visits = db.session.execute(
            sa.select(Visit.checkpoint_id, Visit.member_id, Visit.happened_at)
            .where(Visit.round_id == each.id)
            .order_by(Visit.happened_at)
        ).all()
        shares = db.session.execute(
            sa.select(
                RoundMember.member_id,
                RoundMember.joined_at,
                RoundMember.points,
                RoundMember.service_minutes,
                RoundMember.outcome,
            )
            .where(RoundMember.round_id == each.id)
            .order_by(RoundMember.member_id)
        ).all()
        flags = sorted(db.session.scalars(sa.select(RoundFlag.kind).where(RoundFlag.round_id == each.id)))
        state = (
            each.state,
            each.opened_at,
            each.due_at,
            each.last_visit_at,
            each.ended_at,
            tuple(each.missed),
        )
        found.append((state, tuple(map(tuple, visits)), tuple(map(tuple, shares)), tuple(flags)))
    return found
