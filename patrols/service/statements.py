"""The statements that every scan sends, built once: putting them together anew would cost more than running them."""

import sqlalchemy as sa

from core.fixed import Fixed, among
from patrols.models import Checkpoint, Round, RoundFlag, RoundMember, Route, RouteCheckpoint, Visit
from patrols.rules.values import COMPLETED, HELD, OPEN, TWO_ROUNDS

#: More rounds of one member than anybody walks within the time that a rule looks back.
MOST_RECENT = 50

checkpoint: sa.Table = Checkpoint.__table__  # type: ignore[assignment] # SQLAlchemy types it as FromClause
route: sa.Table = Route.__table__  # type: ignore[assignment] # as above
route_checkpoint: sa.Table = RouteCheckpoint.__table__  # type: ignore[assignment] # as above
round: sa.Table = Round.__table__  # type: ignore[assignment] # as above
round_member: sa.Table = RoundMember.__table__  # type: ignore[assignment] # as above
round_flag: sa.Table = RoundFlag.__table__  # type: ignore[assignment] # as above
visit: sa.Table = Visit.__table__  # type: ignore[assignment] # as above

#: Binds `member_id`, `device_digest`. The digest of a phone changes every day, so no time is needed.
_another_used = sa.or_(
    sa.exists().where(
        visit.c.device_digest == sa.bindparam("device_digest"),
        visit.c.member_id != sa.bindparam("member_id", type_=sa.Uuid()),
    ),
    sa.exists().where(
        round_member.c.device_digest == sa.bindparam("device_digest"),
        round_member.c.member_id != sa.bindparam("member_id", type_=sa.Uuid()),
    ),
)
DEVICE_USED = Fixed(sa.select(_another_used))

_plan_columns = (
    route.c.id,
    route.c.name,
    route.c.squad_id,
    route.c.ordered,
    route.c.minimum_points,
    route.c.minimum_minutes,
    route.c.cooldown_minutes,
    route.c.opens_at,
    route.c.closes_at,
    route.c.time_out_minutes,
    route.c.rule_code,
    route.c.status,
)
_here = checkpoint.alias("here")
_passing = route_checkpoint.alias("passing")
_stop_columns = (
    route_checkpoint.c.position,
    checkpoint.c.id.label("stop_id"),
    checkpoint.c.name.label("stop_name"),
    checkpoint.c.latitude_e6,
    checkpoint.c.longitude_e6,
)
_on_route = route_checkpoint.c.route_id == route.c.id
_at_stop = checkpoint.c.id == route_checkpoint.c.checkpoint_id


def _plate(used: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            _here.c.id.label("here_id"),
            _here.c.name.label("here_name"),
            _here.c.status.label("here_status"),
            used.label("device_used"),
            *_plan_columns,
            *_stop_columns,
        )
        .select_from(
            _here.outerjoin(_passing, _passing.c.checkpoint_id == _here.c.id)
            .outerjoin(route, route.c.id == _passing.c.route_id)
            .outerjoin(route_checkpoint, _on_route)
            .outerjoin(checkpoint, _at_stop)
        )
        .where(_here.c.code_digest == sa.bindparam("code_digest"))
        .order_by(route.c.id, route_checkpoint.c.position)
    )


#: Binds `code_digest`, and the second also `member_id`, `device_digest`.
PLATE = Fixed(_plate(sa.false()))
PLATE_AND_DEVICE = Fixed(_plate(_another_used))

#: Binds `route_ids`.
PLANS = (
    sa.select(*_plan_columns, *_stop_columns)
    .select_from(route.outerjoin(route_checkpoint, _on_route).outerjoin(checkpoint, _at_stop))
    .where(route.c.id.in_(sa.bindparam("route_ids", expanding=True)))
    .order_by(route.c.id, route_checkpoint.c.position)
)

#: Binds `member_id`, `since`.
RECENT = Fixed(
    sa.select(
        round.c.id,
        round.c.route_id,
        round.c.state,
        round.c.opened_at,
        round.c.due_at,
        round.c.last_visit_at,
        round.c.ended_at,
        round.c.ended_how,
        round_member.c.left_at,
        round_member.c.joined_at,
        round_member.c.joined_how,
    )
    .select_from(round.join(round_member, round_member.c.round_id == round.c.id))
    .where(
        round_member.c.member_id == sa.bindparam("member_id"),
        sa.or_(round_member.c.outcome.is_(None), round_member.c.joined_at >= sa.bindparam("since")),
    )
    .order_by(round_member.c.joined_at.desc())
    .limit(MOST_RECENT)
)

#: Binds `round_id`, `naming` (its text between two %), `member_ids`, `since`, `until`. Other rounds of these members
#: that are paid, or may be.
ELSEWHERE = Fixed(
    sa.select(
        round_member.c.member_id,
        round.c.id.label("round_id"),
        round.c.route_id,
        round.c.state,
        round.c.opened_at,
        round.c.due_at,
        round.c.ended_at,
        round_member.c.joined_at,
        round_member.c.left_at,
        round_member.c.outcome,
        sa.exists()
        .where(
            round_flag.c.round_id == round.c.id,
            round_flag.c.kind == TWO_ROUNDS,
            sa.cast(round_flag.c.data, sa.Text).like(sa.bindparam("naming")),
        )
        .label("waits_for_this"),
    )
    .select_from(round_member.join(round, round.c.id == round_member.c.round_id))
    .where(
        among(round_member.c.member_id, "member_ids"),
        round_member.c.joined_at >= sa.bindparam("since"),
        round_member.c.joined_at < sa.bindparam("until"),
        round.c.id != sa.bindparam("round_id"),
        sa.or_(round.c.state == COMPLETED, round.c.state == HELD, round.c.state == OPEN),
    )
    .order_by(round_member.c.joined_at, round.c.id)
)

#: Binds `round_id`.
_round = sa.select(
    round.c.id,
    round.c.route_id,
    round.c.state,
    round.c.opened_at,
    round.c.due_at,
    round.c.ended_at,
    round.c.ended_how,
).where(round.c.id == sa.bindparam("round_id"))
STORED_ROUND = Fixed(_round)
#: Not against rows that only refer to the round.
LOCKED_ROUND = Fixed(_round.with_for_update(key_share=True))
VISITS = Fixed(
    sa.select(
        visit.c.id,
        visit.c.checkpoint_id,
        visit.c.member_id,
        visit.c.happened_at,
        visit.c.device_digest,
        visit.c.skew_seconds,
    )
    .where(visit.c.round_id == sa.bindparam("round_id"))
    .order_by(visit.c.happened_at, visit.c.id)
)
WALKERS = Fixed(
    sa.select(
        round_member.c.member_id,
        round_member.c.joined_at,
        round_member.c.left_at,
        round_member.c.device_digest,
        round_member.c.outcome,
        round_member.c.joined_how,
    )
    .where(round_member.c.round_id == sa.bindparam("round_id"))
    .order_by(round_member.c.joined_at, round_member.c.member_id)
)
FLAGS = Fixed(
    sa.select(round_flag.c.kind, round_flag.c.visit_id).where(
        round_flag.c.round_id == sa.bindparam("round_id")
    )
)

ADD_ROUND = Fixed(sa.insert(round))
ADD_WALKER = Fixed(sa.insert(round_member))
ADD_VISIT = Fixed(sa.insert(visit))
ADD_FLAG = Fixed(sa.insert(round_flag))


def _bound(table: sa.Table) -> dict[str, sa.BindParameter[object]]:
    return {each.name: sa.bindparam(f"{table.name}_{each.name}", type_=each.type) for each in table.c}


def _new(table: sa.Table) -> sa.CTE:
    added = sa.insert(table).values(_bound(table)).returning(sa.literal(1).label("one"))
    return added.cte(f"new_{table.name}")


#: PostgreSQL only: a round that is over with its first scan, its walker and its visit at one go. Binds every column
#: as table_column.
ADD_WHOLE_ROUND = Fixed(sa.insert(visit).values(_bound(visit)).add_cte(_new(round), _new(round_member)))

#: Binds `of_round`, `of_member`, `of_points`, `of_minutes`, `of_outcome`.
SAVE_SHARE = Fixed(
    sa.update(round_member)
    .where(
        round_member.c.round_id == sa.bindparam("of_round"),
        round_member.c.member_id == sa.bindparam("of_member"),
    )
    .values(
        points=sa.bindparam("of_points"),
        service_minutes=sa.bindparam("of_minutes"),
        outcome=sa.bindparam("of_outcome"),
    )
)
