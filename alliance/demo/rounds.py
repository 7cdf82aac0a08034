"""The patrols of the last days, walked again: every scan goes through the gate at the time it was made.

So the demo has real visits, receipts and flags: rounds that were paid, one that is under way, one too short, one held
because two points were reached impossibly fast, and others on which a coordinator has decided: one of them because
somebody had only typed the captain's code, one because somebody left his companions and walked the same way again.
"""

import heapq
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import patrols.queries
import patrols.service
from alliance import gate
from alliance.demo import places
from alliance.demo.people import Alliance, Person, Squad, actor_of
from core import clock
from core.auth import SYSTEM, Actor
from core.db import new_id

#: Days before today whose patrols are walked and not only booked.
DAYS: Final = 7
#: Days ago → how a coordinator decided on the round that was held on that day.
_DECISIONS: Final = {
    2: (True, "与队员核实，骑车从西门到东门。"),
    4: (False, "两处打卡出自同一张照片，已与本人谈话。"),
    5: (True, "手机摄像头坏了，扫不了码；队长和岗亭都看见她一路同行。"),
}
#: How he decided about who left his companions and walked the same way again, so many days ago.
_AGAIN_DAYS_AGO: Final = 3
_AGAIN: Final = (False, "本人说换了手机，以为前面的没记上。同一趟只算一次。")
#: Days ago → what was odd about one round of that day.
_ODD: Final = {1: "fast", 2: "fast", 3: "short", 4: "fast", 5: "typed"}
_NAMESPACE: Final = UUID("2f0c1c52-7a3b-5d0e-9c61-5d8a6f5b7e11")

#: A moment and what happens then.
Act = tuple[datetime, str, Any]


def lay_out(alliance: Alliance) -> None:
    """Hang the plates and make the routes."""
    for squad in alliance.squads:
        plan = squad.plan
        if not plan.route:
            continue
        stops = []
        for number, (name, hint) in enumerate(plan.stops):
            latitude, longitude = places.coordinates(plan.place, number)
            wish = patrols.service.CheckpointWish(name, hint, squad.area_id, latitude, longitude)
            stops.append(patrols.service.create_checkpoint(SYSTEM, wish))
        opens_at, closes_at = plan.hours or (None, None)
        patrols.service.create_route(
            SYSTEM,
            patrols.service.RouteWish(
                name=plan.route,
                checkpoint_ids=tuple(stops),
                area_id=squad.area_id,
                squad_id=squad.id,
                minimum_points=plan.minimum_points,
                minimum_minutes=plan.minimum_minutes,
                opens_at=opens_at,
                closes_at=closes_at,
            ),
        )


def first_day() -> date:
    """From this day on patrols are walked."""
    return clock.today() - timedelta(days=DAYS)


def walk(alliance: Alliance, dice: random.Random) -> int:
    """Walk the rounds of the last days up to now, and leave one under way. Returns how many were begun."""
    return _Walks(alliance, dice).walk()


class _Walks:
    def __init__(self, alliance: Alliance, dice: random.Random) -> None:
        self.alliance = alliance
        self.dice = dice
        self.now = clock.now()
        self.codes = {plate.checkpoint.id: plate.address for plate in patrols.queries.plates()}
        self.stops = {
            route.squad_id: [stop.id for stop in route.checkpoints] for route in patrols.queries.routes()
        }
        self.actors: dict[UUID, Actor] = {}
        self.busy_until: dict[UUID, datetime] = {}

    def walk(self) -> int:
        rounds: list[list[Act]] = []
        for days_ago in range(DAYS, -1, -1):
            day = clock.today() - timedelta(days=days_ago)
            walking = [squad for squad in self.alliance.squads if squad.plan.route]
            for place, squad in enumerate(walking):
                # One grid squad after the other has the odd round, so that the day's list shows every state.
                odd = _ODD.get(days_ago) if place == days_ago else None
                rounds += self._day(squad, day, days_ago, odd)
        rounds += [self._under_way(), self._again()]
        queue = [(acts[0][0], number, 0, acts) for number, acts in enumerate(rounds)]
        heapq.heapify(queue)
        states: dict[int, dict[str, Any]] = {}
        while queue:
            at, number, step, acts = heapq.heappop(queue)
            with clock.frozen(at):
                self._do(acts[step], states.setdefault(number, {}))
            if step + 1 < len(acts):
                heapq.heappush(queue, (acts[step + 1][0], number, step + 1, acts))
        return len(rounds)

    def _day(self, squad: Squad, day: date, days_ago: int, odd: str | None) -> Iterator[list[Act]]:
        for start, end in squad.plan.sets_out:
            if odd is None and self.dice.random() > 0.75 * squad.strength:
                continue
            minute = self.dice.randint(start, end)
            at = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=clock.zone())
            acts = self._round(squad, at, odd, days_ago)
            # A round that would still be under way, or is to come, is left out; the one under way is made by itself.
            if acts and acts[-1][0] < self.now - timedelta(minutes=30):
                yield acts
            odd = None

    def _round(self, squad: Squad, at: datetime, odd: str | None, days_ago: int) -> list[Act]:
        walkers = self._walkers(squad, at, self.dice.choice((2, 2, 3, 3, 4)))
        if not walkers:
            return []
        stops = list(self.stops[squad.id])
        self.dice.shuffle(stops)
        # A round whose every point was visited ends by itself, any other by hand.
        whole = odd is None and self.dice.random() < 0.5
        stops = stops[: len(stops) if whole else 2 if odd == "short" else squad.plan.minimum_points]
        acts: list[Act] = [(at, "visit", (walkers[0], stops[0]))]
        scanning = walkers[:1] if odd == "typed" else walkers
        acts += [
            (at + timedelta(seconds=20 * place), "join" if walker in scanning else "type", (walker,))
            for place, walker in enumerate(walkers[1:], start=1)
        ]
        enough = at + timedelta(minutes=squad.plan.minimum_minutes + 1)
        for number, stop in enumerate(stops[1:], start=1):
            fast = odd == "fast" and number == 1
            at += timedelta(seconds=9 if fast else self.dice.randint(200, 380))
            at = max(at, enough) if number == len(stops) - 1 else at
            acts.append((at, "visit", (walkers[0] if fast else self.dice.choice(scanning), stop)))
        if len(stops) < len(self.stops[squad.id]):
            acts.append((at + timedelta(minutes=2), "end", (walkers[0],)))
        if odd and days_ago in _DECISIONS:
            acts.append((at + timedelta(hours=13), "judge", _DECISIONS[days_ago]))
        return sorted(acts, key=lambda act: act[0])

    def _under_way(self) -> list[Act]:
        """The couriers have just set out: their route is open at any hour."""
        squad = next(each for each in self.alliance.squads if each.plan.kind == "courier")
        walkers = self._walkers(squad, self.now - timedelta(minutes=14), 3)
        first, second = self.stops[squad.id][:2]
        return [
            (self.now - timedelta(minutes=14), "visit", (walkers[0], first)),
            (self.now - timedelta(minutes=13), "join", (walkers[1],)),
            (self.now - timedelta(minutes=13), "join", (walkers[2],)),
            (self.now - timedelta(minutes=8), "visit", (walkers[1], second)),
        ]

    def _again(self) -> list[Act]:
        """Two couriers before dawn, when no squad sets out; one of them leaves and walks the route once more."""
        day = clock.today() - timedelta(days=_AGAIN_DAYS_AGO)
        at = datetime.combine(day, time(4, 30), tzinfo=clock.zone())
        squad = next(each for each in self.alliance.squads if each.plan.kind == "courier")
        captain, mate = [each for each in squad.people if not each.away and each.since <= day][-2:]
        stops = self.stops[squad.id][: squad.plan.minimum_points]
        walks: list[tuple[datetime, Any]] = [
            (at + timedelta(minutes=start + 5 * place), (walker, stop))
            for start, walker in ((0, captain), (12, mate))
            for place, stop in enumerate(stops)
        ]
        acts: list[Act] = [(at, "visit", about) for at, about in walks]
        acts += [
            (at + timedelta(seconds=20), "join", (mate,)),
            (at + timedelta(minutes=11), "leave", (mate,)),
            (at + timedelta(minutes=13), "end", (captain,)),
            (at + timedelta(minutes=24), "end", (mate,)),
            (at + timedelta(hours=5), "judge", _AGAIN),
        ]
        return sorted(acts, key=lambda act: act[0])

    def _walkers(self, squad: Squad, at: datetime, number: int) -> list[Person]:
        """Who comes; nobody who walks already or has only just come back."""
        free = [
            person
            for person in squad.people
            if not person.away and person.since <= at.date() and self.busy_until.get(person.id, at) <= at
        ]
        come = sorted(free, key=lambda person: self.dice.random() / person.zeal)[:number]
        for person in come:
            self.busy_until[person.id] = at + timedelta(hours=2)
        return come

    # --- what happens ----------------------------------------------------------------------------------------------

    def _do(self, act: Act, state: dict[str, Any]) -> None:
        _at, what, about = act
        if what == "visit":
            person, checkpoint_id = about
            answer = self._scan(person, self.codes[checkpoint_id])
            if state.get("round_id") != UUID(answer["round_id"]):
                state |= {"round_id": UUID(answer["round_id"]), "captain": person}
            state[person.id] = state["round_id"]
        elif what in {"join", "type"}:
            (person,) = about
            show = patrols.service.captain_code if what == "join" else patrols.service.typed_captain_code
            self._scan(person, show(self._actor(state["captain"]), state["round_id"]).text)
        elif what == "end":
            (person,) = about
            patrols.service.end_round(self._actor(person), key=new_id(), round_id=state[person.id])
        elif what == "leave":
            (person,) = about
            patrols.service.leave_round(self._actor(person), key=new_id(), round_id=state["round_id"])
        else:
            accept, reason = about
            coordinator = self.alliance.coordinators[0]
            patrols.service.judge_round(
                coordinator, key=new_id(), round_id=state["round_id"], accept=accept, reason=reason
            )

    def _scan(self, person: Person, code: str) -> dict[str, Any]:
        scan = {
            "scan_id": new_id(),
            "code": code,
            "scanned_at": clock.now(),
            "sent_at": clock.now(),
            "device": str(uuid5(_NAMESPACE, str(person.id))),
        }
        return gate.scan(self._actor(person), scan).body

    def _actor(self, person: Person) -> Actor:
        if person.id not in self.actors:
            self.actors[person.id] = actor_of(person.id)
        return self.actors[person.id]
