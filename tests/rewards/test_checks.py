"""`flask points check` sees every kind of fault of stock and vouchers, each planted past the database's constraints."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

import rewards.service
from core.clock import FrozenClock
from core.db import new_id
from core.receipts import Receipt
from points.models import Transfer
from rewards.checks import INVARIANTS
from rewards.models import Redemption, RedemptionReturn, Reward, StockMovement
from tests.support import members_builders, merchants_builders, planted, points_builders
from tests.support import rewards_builders as shelf
from tests.support.planted import change, copy

TABLES = (Reward, StockMovement, Redemption, RedemptionReturn, Transfer, Receipt)
Books = dict[str, Any]


def books(clock: FrozenClock) -> Books:
    """Books in which everything about rewards has happened once, and they are right."""
    shop = merchants_builders.a_shop()
    clerk = members_builders.actor(merchants_builders.a_clerk(shop))
    soap, haircut = shelf.reward(), shelf.reward(stock=None, merchant_id=shop.id)
    wang, desk = shelf.member(points=1_000), shelf.desk()
    rewards.service.damage_stock(desk, key=new_id(), reward_id=soap.id, count=1)
    made: Books = {"soap": soap.id, "haircut": haircut.id}
    made["cancelled"], _ = shelf.voucher(wang, soap)
    shelf.cancel(wang, made["cancelled"])
    made["expired"], _ = shelf.voucher(wang, soap)
    clock.tick(hours=72)
    rewards.service.expire_redemptions()
    made["used"], text = shelf.voucher(wang, soap)
    shelf.hand_over(desk, text)
    made["cut"], text = shelf.voucher(wang, haircut)
    shelf.hand_over(clerk, text, merchant_id=shop.id)
    made["back"], text = shelf.voucher(wang, soap)
    shelf.hand_over(desk, text)
    made["return"] = new_id()
    rewards.service.return_redemption(
        desk, key=made["return"], redemption_id=made["back"], reason="发错了", to_stock=True
    )
    made["held"], _ = shelf.voucher(wang, soap)
    made["refused"] = new_id()
    shelf.refusal(shelf.reserve, wang, soap, key=made["refused"], points=1)
    return made


def column(redemption_id: UUID, name: str) -> Any:
    with planted.db.engine.connect() as connection:
        query = sa.select(getattr(Redemption, name)).where(Redemption.id == redemption_id)
        return connection.scalar(query)


def of(made: Books, name: str) -> sa.ColumnElement[bool]:
    return Redemption.id == made[name]


def a_piece_has_vanished(made: Books) -> None:
    change(Reward, Reward.id == made["soap"], stock=Reward.stock - 1)


def a_line_of_the_journal_was_written_over(made: Books) -> None:
    change(StockMovement, StockMovement.sequence == 1, stock_after=7)


def more_is_held_than_there_is(made: Books) -> None:
    change(Reward, Reward.id == made["soap"], stock=-1)


def a_piece_stays_held_for_nobody(made: Books) -> None:
    change(Reward, Reward.id == made["soap"], held=Reward.held + 1)


def a_voucher_fetched_two_pieces(made: Books) -> None:
    with planted.db.engine.connect() as connection:
        line = connection.scalar(
            sa.select(StockMovement.id).where(StockMovement.redemption_id == made["used"])
        )
    copy(StockMovement, line, sequence=9)


def a_piece_was_given_out_for_a_cancelled_voucher(made: Books) -> None:
    change(StockMovement, StockMovement.redemption_id == made["used"], redemption_id=made["cancelled"])


def a_voucher_was_used_after_its_time(made: Books) -> None:
    change(Redemption, of(made, "used"), ended_at=Redemption.expires_at)


def two_vouchers_share_a_code(made: Books) -> None:
    change(Redemption, of(made, "held"), code_digest=column(made["used"], "code_digest"))


def somebody_handed_over_his_own(made: Books) -> None:
    change(Redemption, of(made, "used"), handed_over_by=Redemption.member_id)


def a_used_voucher_cost_less(made: Books) -> None:
    change(Redemption, of(made, "used"), points=29)


def a_shops_voucher_paid_the_police_room(made: Books) -> None:
    change(Redemption, of(made, "cut"), merchant_id=None)


def a_used_voucher_was_never_paid(made: Books) -> None:
    change(Redemption, of(made, "used"), finish_id=new_id())


def a_cancelled_voucher_gave_nothing_back(made: Books) -> None:
    change(Redemption, of(made, "cancelled"), finish_id=column(made["used"], "finish_id"))


def an_expired_voucher_is_open_again(made: Books) -> None:
    change(Redemption, of(made, "expired"), state="held", ended_at=None, finish_id=None)


def an_open_voucher_has_somebody_elses_points(made: Books) -> None:
    change(Transfer, Transfer.id == column(made["held"], "reservation_id"), subject_id=new_id())


def points_lie_in_escrow_for_no_voucher(made: Books) -> None:
    planted.run(sa.delete(Redemption).where(of(made, "held")))


def points_lie_in_escrow_for_a_voucher_that_is_over(made: Books) -> None:
    change(Redemption, of(made, "held"), state="cancelled")


def a_refused_wish_has_a_voucher(made: Books) -> None:
    copy(Redemption, made["cancelled"])
    change(Redemption, of(made, "cancelled"), id=made["refused"])


def returned(made: Books) -> sa.ColumnElement[bool]:
    return RedemptionReturn.id == made["return"]


def points_came_home_for_another_voucher(made: Books) -> None:
    change(RedemptionReturn, returned(made), redemption_id=made["used"])


def less_came_home_than_was_paid(made: Books) -> None:
    change(Transfer, Transfer.reverses_id == column(made["back"], "finish_id"), amount=1)


def a_shop_kept_what_came_home(made: Books) -> None:
    planted.run(sa.delete(Transfer).where(Transfer.reverses_id == column(made["back"], "finish_id")))


def a_reward_was_taken_back_before_it_was_handed_over(made: Books) -> None:
    change(
        RedemptionReturn, returned(made), returned_at=column(made["back"], "reserved_at") - timedelta(days=1)
    )


def a_reward_was_taken_back_twice(made: Books) -> None:
    copy(RedemptionReturn, made["return"])


def points_came_home_by_themselves(made: Books) -> None:
    planted.run(sa.delete(RedemptionReturn).where(returned(made)))


def a_piece_came_back_without_a_line(made: Books) -> None:
    change(RedemptionReturn, returned(made), movement_id=new_id())


def a_piece_came_back_that_nobody_brought(made: Books) -> None:
    change(RedemptionReturn, returned(made), movement_id=None)


def somebody_took_back_his_own(made: Books) -> None:
    change(RedemptionReturn, returned(made), returned_by=column(made["back"], "member_id"))


def somebody_undid_his_own_hand_over_for_nothing(made: Books) -> None:
    change(StockMovement, StockMovement.kind == "returned", kind="received")
    change(RedemptionReturn, returned(made), movement_id=None)


def a_refused_return_was_booked(made: Books) -> None:
    change(Receipt, Receipt.key == made["return"], outcome="not_handed_over")


FAULTS: list[planted.Fault] = [
    (points_came_home_for_another_voucher, "what was taken back was handed over, and all of it came home"),
    (less_came_home_than_was_paid, "what was taken back was handed over, and all of it came home"),
    (a_shop_kept_what_came_home, "what was taken back was handed over, and all of it came home"),
    (
        a_reward_was_taken_back_before_it_was_handed_over,
        "what was taken back was handed over, and all of it came home",
    ),
    (a_reward_was_taken_back_twice, "nothing is taken back twice"),
    (
        points_came_home_by_themselves,
        "points of a used voucher came home only when it was taken back",
    ),
    (a_piece_came_back_without_a_line, "what went back on the shelf has its line"),
    (a_piece_came_back_that_nobody_brought, "what went back on the shelf has its line"),
    (somebody_took_back_his_own, "nobody took back for himself, nor his own hand-over for nothing"),
    (
        somebody_undid_his_own_hand_over_for_nothing,
        "nobody took back for himself, nor his own hand-over for nothing",
    ),
    (a_refused_return_was_booked, "answered redemptions are there, refused ones are not"),
    (a_piece_has_vanished, "reward's stock = sum of its movements"),
    (a_line_of_the_journal_was_written_over, "stock journal without gaps"),
    (more_is_held_than_there_is, "stock never below zero"),
    (a_piece_stays_held_for_nobody, "stock held = open vouchers"),
    (a_voucher_fetched_two_pieces, "voucher handed over once"),
    (a_piece_was_given_out_for_a_cancelled_voucher, "voucher handed over once"),
    (a_voucher_was_used_after_its_time, "voucher never used after its time"),
    (two_vouchers_share_a_code, "each voucher has a code of its own"),
    (somebody_handed_over_his_own, "nobody handed over his own voucher"),
    (a_used_voucher_cost_less, "used redemption debited exactly its cost"),
    (a_shops_voucher_paid_the_police_room, "used redemption debited exactly its cost"),
    (a_used_voucher_was_never_paid, "used redemption debited exactly its cost"),
    (a_cancelled_voucher_gave_nothing_back, "redemption agrees with its transfers"),
    (an_expired_voucher_is_open_again, "redemption agrees with its transfers"),
    (an_open_voucher_has_somebody_elses_points, "redemption agrees with its transfers"),
    (points_lie_in_escrow_for_no_voucher, "escrow for vouchers = open vouchers"),
    (points_lie_in_escrow_for_a_voucher_that_is_over, "escrow for vouchers = open vouchers"),
    (a_refused_wish_has_a_voucher, "answered redemptions are there, refused ones are not"),
]


def test_each_planted_fault_is_found(database_app: Flask, clock: FrozenClock):
    made = books(clock)
    assert points_builders.faults() == {}
    planted.strip()
    planted.each_is_found(made, FAULTS, INVARIANTS, TABLES)


def test_escrow_that_ran_out_is_no_fault_before_the_run_has_come(database_app: Flask, clock: FrozenClock):
    shelf.voucher(shelf.member(), shelf.reward())
    clock.move_to(clock.now() + timedelta(days=4))
    assert points_builders.faults() == {}
