"""Scans that did not count: somebody has pasted a payment code of his own over a plate, and others mistyped theirs."""

import random
from datetime import timedelta
from uuid import UUID

from alliance import gate, heaps
from alliance.demo.people import Alliance, Person, actor_of
from core import clock, codes
from core.codes import Kind
from core.db import new_id
from core.errors import DomainError

_SEED = "正义联盟坏码"
#: What a pensioner's phone finds where the plate of the courtyard should be.
_PASTED_OVER = "https://pay.example/collect?to=8842"
_SCANS, _READERS = 24, 7
_PUZZLED_SCANS = 22
_LOOKED_AT = "拿成了付款码，当面教会了"


def fill(alliance: Alliance) -> None:
    """Since yesterday evening some have scanned the pasted code again and again; two tried what is no code."""
    dice = random.Random(_SEED)  # noqa: S311 - the same alliance every time is the point
    now = clock.now()
    here = [each for each in alliance.squads[0].people if not each.away and each.id not in alliance.card_only]
    readers = here[:_READERS]
    tried: list[tuple[Person, str, float]] = [
        (dice.choice(readers), _PASTED_OVER, each) for each in range(_SCANS)
    ]
    tried += [
        (here[-1], codes.random_code(Kind.VOUCHER).text, 3),
        (here[-2], "西苑三号楼", 9),
        (here[-3], "C23456", 15),
    ]
    # One has held a payment code before the camera all morning; a coordinator has shown him how, and said so.
    puzzled = here[-4]
    tried += [(puzzled, "https://pay.example/wallet", 10 + each / 20) for each in range(_PUZZLED_SCANS)]
    for person, text, place in sorted(tried, key=lambda each: -each[2]):
        with clock.frozen(now - timedelta(minutes=20 + 45 * place)):
            _scan(person.id, text)
    with clock.frozen(now - timedelta(hours=6)):
        his = next(each for each in heaps.waiting() if each.key == puzzled.id)
        heaps.see_heap(
            alliance.coordinators[0], key=new_id(), what=his.what, scan_id=his.newest.id, reason=_LOOKED_AT
        )


def _scan(member_id: UUID, text: str) -> None:
    try:
        gate.scan(actor_of(member_id), {"scan_id": new_id(), "code": text, "device": f"phone of {member_id}"})
    except DomainError:
        return
    raise AssertionError("a scan of no code was taken")
