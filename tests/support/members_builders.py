"""People for tests: squads, members with roles, a signed-in client, a named cast."""

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import members.queries
import members.service
from core.auth import SYSTEM, Actor
from core.codes import Code, Kind, parse
from core.config import settings
from core.db import new_id
from core.receipts import Answer
from members.queries import MemberFacts

PASSWORD = "巡逻 every Wednesday"
PIN = "739264"
_phones = itertools.count(13800000001)
_squads = itertools.count(1)


def fresh_phone() -> str:
    """A Chinese mobile number that no other member of the test has, in E.164."""
    return f"+86{next(_phones)}"


def squad(name: str | None = None, **details: Any) -> UUID:
    """A squad; its id."""
    return members.service.add_squad(SYSTEM, name=name or f"巡逻{next(_squads)}队", **details)


def area(name: str = "西苑派出所", level: str = "station", parent_id: UUID | None = None) -> UUID:
    """An area; its id."""
    return members.service.add_area(SYSTEM, name=name, level=level, parent_id=parent_id)


def member(name: str = "王小芳", *roles: str, phone: str | None = "fresh", **details: Any) -> MemberFacts:
    """An active member with the roles given, by default a volunteer, and with a telephone unless `phone=None`."""
    return members.service.add_member(
        SYSTEM,
        name=name,
        phone=fresh_phone() if phone == "fresh" else phone,
        roles=roles or ("volunteer",),
        **details,
    )


def actor(facts: MemberFacts) -> Actor:
    """The actor of a request by this member, as his session would make it."""
    user = members.queries.signed_in(facts.id, facts.id)
    assert user is not None, "this member cannot sign in"
    return members.queries.actor_for(user)


def staff(role: str = "coordinator", name: str = "李建国") -> Actor:
    """An actor with a staff role."""
    return actor(member(name, role))


def applicant(name: str = "赵新来", phone: str | None = None) -> MemberFacts:
    """Somebody who waits to be admitted."""
    phone = phone or fresh_phone()
    members.service.apply(key=new_id(), network_address="203.0.113.9", name=name, phone=phone, consent=True)
    found = members.queries.search(phone).items
    return members.queries.facts(found[0].id)


def managed(helper: Actor, name: str = "孙奶奶", *, admitted: bool = True) -> MemberFacts:
    """Somebody without a phone, looked after by `helper`."""
    answer = members.service.create_managed(helper, key=new_id(), name=name, consent=True)
    member_id = UUID(answer.body["member_id"])
    return members.service.admit(SYSTEM, member_id) if admitted else members.queries.facts(member_id)


def merge(by: Actor, gone: MemberFacts, kept: MemberFacts, **wishes: Any) -> Answer:
    """Two memberships made one; when points are concerned, by another coordinator's word, whose answer it is then."""
    wishes = {"key": new_id(), "reason": "同一人"} | wishes
    answer = members.service.merge(by, gone_id=gone.id, kept_id=kept.id, **wishes)
    return agree(answer)


def undo_merge(by: Actor, merged: Answer, key: UUID | None = None) -> Answer:
    """Two memberships taken apart again; when points were spent, by another coordinator's word, as above."""
    merge_id = UUID(merged.body["merge_id"])
    return agree(members.service.undo_merge(by, key=key or new_id(), merge_id=merge_id))


def agree(answer: Answer) -> Answer:
    """What waits for a second person is agreed to by somebody."""
    if answer.body["outcome"] != "proposed":
        return answer
    proposal_id = UUID(answer.body["proposal_id"])
    return members.service.agree_to_merge(staff(name="周明"), key=new_id(), proposal_id=proposal_id)


def card(facts: MemberFacts) -> Code:
    """The code on a freshly issued card of the member."""
    members.service.issue_card(SYSTEM, key=new_id(), member_id=facts.id)
    (printed,) = members.service.cards_to_print(SYSTEM, [facts.id])
    return parse(printed.address, settings().base_url)


def device(*permissions: str, responsible: MemberFacts | None = None, name: str = "北门闸机") -> str:
    """The token of an enrolled device; by default a coordinator is answerable for it."""
    responsible = responsible or member("闸机负责人", "coordinator")
    made = members.service.create_device_code(
        SYSTEM,
        key=new_id(),
        label=name,
        permissions=permissions or ("patrol.walk",),
        responsible_id=responsible.id,
    )
    assert made.code is not None
    _, token = members.service.enrol_device(code=made.code, name=name, network_address="203.0.113.7")
    return token


def sign_in(client: Any, facts: MemberFacts) -> None:
    """Put the member's session into a test client, as the sign-in page would."""
    user = members.queries.signed_in(facts.id, facts.id)
    assert user is not None, "this member cannot sign in"
    with client.session_transaction() as session:
        session["_user_id"] = user.get_id()
        session["_fresh"] = True


@dataclass(frozen=True)
class Cast:
    """Who stands in most stories: an owner, a mate of the same squad, a stranger from another one, and staff."""

    owner: MemberFacts
    mate: MemberFacts
    stranger: MemberFacts
    coordinator: MemberFacts
    administrator: MemberFacts
    auditor: MemberFacts
    squad_id: UUID
    other_squad_id: UUID


def cast(**details: Any) -> Cast:
    """The named cast, each in his place; `details` for all of them, for example `language="en"`."""
    own, other = squad("花木兰女子巡逻队", kind="women"), squad("夕阳红巡逻队", kind="sunset_glow")
    return Cast(
        owner=member("王小芳", squad_id=own, **details),
        mate=member("李梅", squad_id=own, **details),
        stranger=member("陈大勇", squad_id=other, **details),
        coordinator=member("张警官", "coordinator", **details),
        administrator=member("周主任", "administrator", **details),
        auditor=member("钱会计", "auditor", **details),
        squad_id=own,
        other_squad_id=other,
    )


__all__ = [
    "PASSWORD",
    "PIN",
    "Cast",
    "Kind",
    "actor",
    "applicant",
    "area",
    "card",
    "cast",
    "device",
    "fresh_phone",
]
__all__ += ["managed", "member", "sign_in", "squad", "staff"]
