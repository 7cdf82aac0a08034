"""A small real alliance, built through the services alone: squads, signed-in members with cards, plates, routes.

Nothing here has hours, cooldowns or daily caps, so that tests can run on the real clock at any time of day.
"""

import contextvars
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, session
from flask_login import login_user
from flask_wtf.csrf import generate_csrf

import members.queries
import members.service
import patrols.service
import points.service
from core import clock, codes
from core.auth import SYSTEM, Actor
from core.config import settings
from core.db import db
from patrols.service import CheckpointWish, RouteWish

Headers = dict[str, str]

#: What the town's routes pay for a round, and what its coordinators award, both as often as they are done.
WALK, WALK_POINTS = "town_walk", 3
HELP, HELP_POINTS = "town_help", 5
PLATES = 4


@dataclass(frozen=True)
class Person:
    """A member with the headers of a signed-in phone and the code on the printed card."""

    id: UUID
    name: str
    headers: Headers
    card: str


@dataclass(frozen=True)
class Town:
    """Whom and what a client needs.

    `loop` are the plates of a route, `post` is the only plate of another one: each scan of it is a whole round. Plates
    are given as the codes printed on them. `desk` are the headers of a device that awards in the coordinator's name.
    """

    members: list[Person]
    coordinator: Person
    desk: Headers
    squads: list[UUID]
    loop: list[str]
    post: str
    plate_ids: dict[str, UUID]

    def actor(self, person: Person) -> Actor:
        """The member as services see him; needs an application context."""
        signed_in = members.queries.signed_in(person.id, person.id)
        assert signed_in is not None
        return members.queries.actor_for(signed_in)


def build(app: Flask, *, people: int = 8) -> Town:
    """Found the town in the empty database of `app`. The sessions are good at any server with the same secret."""
    with app.app_context():
        points.service.install_tariff()
        _add_rules()
        squads = [members.service.add_squad(SYSTEM, name=name) for name in ("花木兰巡逻队", "夕阳红巡逻队")]
        volunteers = [_enter(f"志愿者{n}", squads[n % len(squads)], "volunteer") for n in range(people)]
        coordinator = _enter("周社区", None, "coordinator")
        cards = _cards([*volunteers, coordinator])
        folk = [Person(each, name, sign_in(app, each), cards[each]) for each, name in _names(volunteers)]
        chief = Person(coordinator, "周社区", sign_in(app, coordinator), cards[coordinator])
        plates = [_hang(f"巡逻点{n}") for n in range(1, PLATES + 1)]
        post = _hang("警务室门口")
        _lay("环线", *(plate_id for plate_id, _ in plates))
        _lay("岗亭", post[0])
        town = Town(
            members=folk,
            coordinator=chief,
            desk=_enrol(coordinator),
            squads=squads,
            loop=[code for _, code in plates],
            post=post[1],
            plate_ids={code: plate_id for plate_id, code in [*plates, post]},
        )
        db.session.rollback()
        return town


def sign_in(app: Flask, member_id: UUID) -> Headers:
    """The headers of a phone on which the member is signed in now: session cookie and forgery token."""
    # Each in a context of its own, or all would share what is remembered for one request.
    return contextvars.Context().run(_sign_in, app, member_id)


def _sign_in(app: Flask, member_id: UUID) -> Headers:
    with app.test_request_context():
        reader = members.queries.signed_in(member_id, member_id)
        assert reader is not None
        login_user(reader)
        token = generate_csrf()
        response = app.make_response("")
        app.session_interface.save_session(app, session, response)  # type: ignore[arg-type] # a proxy of it
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    return {"Cookie": cookie, "X-CSRF-Token": token}


def scan_of(code: str, *, key: UUID | None = None, **content: str) -> dict[str, str]:
    """The body of one scan of `code`, with a new key unless one is given."""
    return {"scan_id": str(key or uuid4()), "code": code, **content}


def _add_rules() -> None:
    """What is done in the town; walking pays as often as a test or a long soak wants people to walk."""
    points.service.add_rule(SYSTEM, code=HELP, category="other", **_rule(HELP_POINTS))
    points.service.add_rule(SYSTEM, code=WALK, category="patrol", daily_cap=1000, **_rule(WALK_POINTS))


def _rule(worth: int) -> dict[str, Any]:
    return {
        "name_zh": "镇上的好事",
        "name_en": "A good deed of this town",
        "points": worth,
        "valid_from": clock.today(),
    }


def _enter(name: str, squad_id: UUID | None, role: str) -> UUID:
    return members.service.add_member(SYSTEM, name=name, squad_id=squad_id, roles=[role]).id


def _names(ids: list[UUID]) -> list[tuple[UUID, str]]:
    facts = members.queries.many_facts(ids)
    return [(each, facts[each].name) for each in ids]


def _cards(ids: list[UUID]) -> dict[UUID, str]:
    members.service.issue_missing_cards(SYSTEM, ids)
    return {
        each.member_id: "".join(each.text.split()) for each in members.service.cards_to_print(SYSTEM, ids)
    }


def _hang(name: str) -> tuple[UUID, str]:
    """A checkpoint's id and the code on its plate."""
    checkpoint_id = patrols.service.create_checkpoint(SYSTEM, CheckpointWish(name))
    keys = codes.keyring(settings())
    return checkpoint_id, codes.printed_code(keys, codes.Kind.CHECKPOINT, checkpoint_id, 1).text


def _lay(name: str, *checkpoint_ids: UUID) -> None:
    wish = RouteWish(
        name=name,
        checkpoint_ids=checkpoint_ids,
        cooldown_minutes=0,
        rule_code=WALK,
    )
    patrols.service.create_route(SYSTEM, wish)


def _enrol(responsible_id: UUID) -> Headers:
    """The headers of a tablet at the desk, enrolled by a join code."""
    new = members.service.create_device_code(
        SYSTEM, key=uuid4(), label="服务台", permissions=["award.give"], responsible_id=responsible_id
    )
    assert new.code is not None
    _device_id, token = members.service.enrol_device(
        code=new.code, name="服务台", network_address="127.0.0.1"
    )
    return {"Authorization": f"Bearer {token}"}
