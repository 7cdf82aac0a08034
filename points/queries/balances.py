"""What an account holds, and what a member has earned."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import NIL
from core.db import db, execute
from core.fixed import Fixed
from points.books import budget as budget_account
from points.models import Account, Lot, Score, SquadScore, Transfer
from points.rules import season


@dataclass(frozen=True, slots=True)
class LotLine:
    """Points that can be spent up to and including `expires_on`."""

    expires_on: date
    points: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account holds today. `owed` is what the next points will repay."""

    balance: int
    owed: int
    lots: tuple[LotLine, ...]

    @property
    def next_to_expire(self) -> LotLine | None:
        """The points that expire first."""
        return self.lots[0] if self.lots else None


_LOTS = Fixed(
    sa.select(Lot.expires_on, Lot.balance)
    .where(
        Lot.account_id == sa.bindparam("account"),
        Lot.balance > 0,
        Lot.expires_on >= sa.bindparam("today"),
    )
    .order_by(Lot.expires_on)
)


def balance(account_id: UUID) -> int:
    """What a member or merchant can spend today; 0 for an account without points."""
    return sum(lot.points for lot in lots(account_id))


def budget(merchant_id: UUID) -> int:
    """What a shop may still give to members; 0 when it has no budget. Its account: `points.ledger.budget`."""
    return balance(budget_account(merchant_id).id)


def lots(account_id: UUID) -> tuple[LotLine, ...]:
    """The points that can be spent today by expiry date, the earliest first."""
    rows = execute(_LOTS, {"account": account_id, "today": clock.today()})
    return tuple(LotLine(row.expires_on, row.balance) for row in rows)


def holdings(account_id: UUID) -> Holdings:
    """Balance, lots and debt of an account."""
    held = lots(account_id)
    owed = db.session.scalar(sa.select(Account.owed).where(Account.id == account_id)) or 0
    return Holdings(sum(lot.points for lot in held), owed, held)


def ever_held(account_id: UUID) -> bool:
    """Whether points ever came to this account, also if they are gone since; none go that have not come."""
    came = sa.exists().where(Transfer.credit_account_id == account_id)
    return bool(db.session.scalar(sa.select(came)))


@dataclass(frozen=True, slots=True)
class Earned:
    """Points and deeds of a season, over all squads that the member was in."""

    points: int
    deeds: int


def earned(member_id: UUID, season: str) -> Earned:
    """What a member has earned in a season such as `W2026-47`, `M2026-11`, `Y2026` or `ALL`."""
    query = sa.select(
        sa.func.coalesce(sa.func.sum(Score.points), 0), sa.func.coalesce(sa.func.sum(Score.deeds), 0)
    ).where(Score.season == season, Score.member_id == member_id)
    points, deeds = db.session.execute(query).one()
    return Earned(int(points), int(deeds))


def deeds_of_season(kind: str, day: date, squads: Collection[UUID] | None = None) -> dict[UUID | None, int]:
    """Deeds booked in the "week", "month" or "year" that holds `day` (programme zone): of all (None), or of squads.

    Withdrawn ones do not count. Read from the scores: the transfers of a month are too many to be counted for a page.
    """
    found = season(kind, day)
    if squads is None:
        in_squads = sa.select(sa.func.coalesce(sa.func.sum(SquadScore.deeds), 0))
        alone = sa.select(sa.func.coalesce(sa.func.sum(Score.deeds), 0))
        parts = (
            in_squads.where(SquadScore.season == found),
            alone.where(Score.season == found, Score.squad_id == NIL),
        )
        row = db.session.execute(sa.select(*(each.scalar_subquery() for each in parts))).one()
        return {None: sum(map(int, row))}
    query = sa.select(SquadScore.squad_id, sa.func.sum(SquadScore.deeds)).group_by(SquadScore.squad_id)
    rows = db.session.execute(query.where(SquadScore.season == found, SquadScore.squad_id.in_(squads)))
    return {row[0]: int(row[1]) for row in rows}
