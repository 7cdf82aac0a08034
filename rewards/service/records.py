"""The rows behind rewards: read under their locks, written from what was decided.

Locks are taken in this order everywhere: the reward, the redemption, the accounts of the ledger. A member's quota is
counted per reward, so the reward's lock guards it; his balance is guarded by the lock of his account.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock, codes
from core.auth import Actor
from core.codes import Code, Kind
from core.config import settings
from core.db import db, new_id
from rewards import rules
from rewards.errors import RedemptionUnknown, RewardUnknown, SoldOut, VoucherUnknown
from rewards.models import Redemption, RedemptionReturn, Reward, StockMovement
from rewards.queries import shops
from rewards.rules import RewardFacts

_reward: sa.Table = Reward.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
_redemption: sa.Table = Redemption.__table__  # type: ignore[assignment] # as above
_movement: sa.Table = StockMovement.__table__  # type: ignore[assignment] # as above
_return: sa.Table = RedemptionReturn.__table__  # type: ignore[assignment] # as above
_REWARD_COLUMNS = [_reward.c[each.name] for each in fields(RewardFacts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A redemption as it stands. Times are UTC; `merchant_id` is the shop that handed it over, `handed_over_by` who."""

    id: UUID
    reward_id: UUID
    member_id: UUID
    points: int
    state: str
    stocked: bool
    expires_at: datetime
    ended_at: datetime | None
    reservation_id: UUID
    merchant_id: UUID | None
    handed_over_by: UUID | None


_SLIP_COLUMNS = [_redemption.c[each.name] for each in fields(Slip)]


def execute(statement: Any, values: Any = None) -> Any:
    """Run a statement on the transaction's connection; rows need no objects here."""
    return db.session.connection().execute(statement, values)


# --- Codes -----------------------------------------------------------------------------------------------------------


def voucher_code(redemption_id: UUID) -> Code:
    """The code of a voucher: follows from its id, so that its page can show it again."""
    return codes.printed_code(codes.keyring(settings()), Kind.VOUCHER, redemption_id, 1)


def voucher_digest(code: Code) -> str:
    """What the database keeps of a voucher's code."""
    return codes.digest(codes.keyring(settings()), code)


# --- Rewards ---------------------------------------------------------------------------------------------------------


def reward(reward_id: UUID, *, lock: bool = True) -> RewardFacts:
    """The reward; with `lock` nobody else changes it until the transaction ends. Raises `RewardUnknown`."""
    query = sa.select(*_REWARD_COLUMNS).where(_reward.c.id == reward_id)
    row = execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise RewardUnknown
    return RewardFacts(**row._asdict())


def save_reward(reward_id: UUID, **values: Any) -> None:
    """Write columns of a reward."""
    execute(sa.update(_reward).where(_reward.c.id == reward_id).values(**values))


def hold_one(found: RewardFacts) -> None:
    """Take one piece off what can be reserved; of rewards without end there is nothing to take. Raises `SoldOut`.

    The condition stands in the statement itself, too, so that not even a missing lock could oversell.
    """
    if found.stock is None:
        return
    statement = (
        sa.update(_reward)
        .where(_reward.c.id == found.id, _reward.c.stock - _reward.c.held >= 1)
        .values(held=_reward.c.held + 1)
        .returning(_reward.c.held)
    )
    if execute(statement).first() is None:
        raise SoldOut(reward_id=str(found.id), waiting=False)


def let_go(slip: Slip) -> None:
    """Put the piece that the redemption held back among those that can be reserved."""
    if slip.stocked:
        execute(sa.update(_reward).where(_reward.c.id == slip.reward_id).values(held=_reward.c.held - 1))


def give_out(actor: Actor, slip: Slip, found: RewardFacts) -> None:
    """Take the piece that the redemption held from the shelf, and write it into the journal."""
    if slip.stocked:
        execute(sa.update(_reward).where(_reward.c.id == slip.reward_id).values(held=_reward.c.held - 1))
        move_stock(actor, found, rules.HANDED_OVER, -1, redemption_id=slip.id)


def move_stock(
    actor: Actor,
    found: RewardFacts,
    kind: str,
    change: int,
    *,
    note: str = "",
    redemption_id: UUID | None = None,
    line_id: UUID | None = None,
) -> int:
    """Change the stock of a locked reward by `change`, and write it into the journal; returns what lies there then."""
    stock = (found.stock or 0) + change
    save_reward(found.id, stock=stock)
    row = {
        "id": line_id or new_id(),
        "reward_id": found.id,
        "sequence": last_sequence(found.id) + 1,
        "kind": kind,
        "change": change,
        "stock_after": stock,
        "redemption_id": redemption_id,
        "note": note,
        "actor_id": actor.member_id or actor.id,
        "moved_at": clock.now(),
    }
    execute(sa.insert(_movement), row)
    return stock


def last_sequence(reward_id: UUID) -> int:
    """The number of the last line in the journal of a locked reward; 0 when it has none."""
    last = sa.func.coalesce(sa.func.max(_movement.c.sequence), 0)
    found: int = execute(sa.select(last).where(_movement.c.reward_id == reward_id)).scalar_one()
    return found


# --- Redemptions -----------------------------------------------------------------------------------------------------


def slip(redemption_id: UUID, *, lock: bool = True) -> Slip:
    """The redemption; its reward must be locked before. Raises `RedemptionUnknown`."""
    query = sa.select(*_SLIP_COLUMNS).where(_redemption.c.id == redemption_id)
    row = execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise RedemptionUnknown
    return Slip(**row._asdict())


def slip_by_code(code: Code) -> Slip:
    """The redemption whose voucher has this code, without a lock. Raises `VoucherUnknown`."""
    query = sa.select(*_SLIP_COLUMNS).where(_redemption.c.code_digest == voucher_digest(code))
    row = execute(query).one_or_none() if code.kind is Kind.VOUCHER else None
    if row is None:
        raise VoucherUnknown
    return Slip(**row._asdict())


def returned_at(redemption_id: UUID) -> datetime | None:
    """When what was handed over was taken back (UTC); None when it was not. Sure under the redemption's lock."""
    query = sa.select(_return.c.returned_at).where(_return.c.redemption_id == redemption_id)
    found: datetime | None = execute(query).scalar_one_or_none()
    return found


def add_return(**values: Any) -> None:
    """Write down that what was handed over was taken back."""
    execute(sa.insert(_return), values)


def forget_place(redemption_id: UUID) -> None:
    """Clear where a security product was to be fitted."""
    execute(sa.update(_redemption).where(_redemption.c.id == redemption_id).values(fitting_place=""))


def check_open(slip: Slip, now: datetime | None = None) -> None:
    """Raise, as `rules.check_voucher` does, unless the voucher can be handed over now (or at `now`)."""
    rules.check_voucher(
        state=slip.state,
        expires_at=slip.expires_at,
        ended_at=slip.ended_at,
        returned_at=returned_at(slip.id) if slip.state == rules.USED else None,
        used_where=shops.name(slip.merchant_id),
        now=now or clock.now(),
    )


def taken(member_id: UUID, found: RewardFacts, today: date) -> int:
    """How many of this reward the member has kept, or has vouchers for, in the period of its quota."""
    query = sa.select(sa.func.count()).where(
        _redemption.c.member_id == member_id,
        _redemption.c.reward_id == found.id,
        _redemption.c.state.in_((rules.HELD, rules.USED)),
        ~sa.exists().where(_return.c.redemption_id == _redemption.c.id),
        _redemption.c.local_day >= rules.quota_begins(found.quota_period, today),
    )
    count: int = execute(query).scalar_one()
    return count


def add_redemption(
    redemption_id: UUID, found: RewardFacts, member_id: UUID, reservation_id: UUID, now: datetime
) -> datetime:
    """Write a new redemption; returns the time from which its voucher is refused."""
    expires_at = now + found.voucher_life
    row = {
        "id": redemption_id,
        "reward_id": found.id,
        "member_id": member_id,
        "points": found.points,
        "state": rules.HELD,
        "stocked": found.stock is not None,
        "code_digest": voucher_digest(voucher_code(redemption_id)),
        "reserved_at": now,
        "local_day": clock.local_date(now),
        "expires_at": expires_at,
        "reservation_id": reservation_id,
        "fitting_place": "",
        "fitting_help": False,
    }
    execute(sa.insert(_redemption), row)
    return expires_at


def end(redemption_id: UUID, state: str, finish_id: UUID, **values: Any) -> None:
    """Write how a redemption ended."""
    change = sa.update(_redemption).where(_redemption.c.id == redemption_id)
    execute(change.values(**{"ended_at": clock.now(), **values}, state=state, finish_id=finish_id))
