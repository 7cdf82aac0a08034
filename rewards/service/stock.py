"""What lies on the shelf: received, damaged, counted. Every change is a line in the journal and is audited."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from core import audit, receipts
from core.auth import Actor
from core.receipts import Answer
from rewards import rules
from rewards.errors import WithoutStock
from rewards.rules import RewardFacts
from rewards.service import records, waiting


def receive_stock(actor: Actor, *, key: UUID, reward_id: UUID, count: int, note: str = "") -> Answer:
    """So many pieces (1 or more) have come in. Once per key; the answer has `stock`, `held`, `told`.

    Raises `RewardUnknown`, `WithoutStock`, `CountInvalid`, `NoteInvalid`.
    """
    change = rules.clean_count(count, 1)
    return _move(actor, key, reward_id, rules.RECEIVED, count, note, lambda _found: change)


def damage_stock(actor: Actor, *, key: UUID, reward_id: UUID, count: int, note: str = "") -> Answer:
    """So many pieces (1 or more) are broken or lost. Raises as `receive_stock` does, and `StockNotEnough`."""
    change = -rules.clean_count(count, 1)
    return _move(actor, key, reward_id, rules.DAMAGED, count, note, lambda _found: change)


def count_stock(actor: Actor, *, key: UUID, reward_id: UUID, count: int, note: str = "") -> Answer:
    """So many pieces (0 or more) were counted on the shelf, those for vouchers among them.

    Raises as `receive_stock` does, and `StockNotEnough` when there are fewer than are held for vouchers.
    """
    counted = rules.clean_count(count, 0)
    return _move(
        actor, key, reward_id, rules.COUNTED, count, note, lambda found: counted - (found.stock or 0)
    )


def _move(
    actor: Actor,
    key: UUID,
    reward_id: UUID,
    kind: str,
    count: int,
    note: str,
    change: Callable[[RewardFacts], int],
) -> Answer:
    actor.require("reward.manage")
    note = rules.clean_note(note)

    def work() -> dict[str, Any]:
        found = records.reward(reward_id)
        if found.stock is None:
            raise WithoutStock
        by = change(found)
        stock = rules.stock_after(found, by)
        records.move_stock(actor, found, kind, by, note=note)
        told = waiting.tell(replace(found, stock=stock))
        audit.record(actor, f"stock.{kind}", "reward", reward_id, change=by, stock=stock)
        return {
            "outcome": "stock_moved",
            "reward_id": str(reward_id),
            "stock": stock,
            "held": found.held,
            "told": told,
        }

    content = {"reward_id": reward_id, "kind": kind, "count": count, "note": note}
    return receipts.once(key, actor, "reward.stock", content, work)
