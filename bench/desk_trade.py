"""Patrols, shops and rewards of the city that desk lists are measured in."""

from datetime import timedelta

from bench.desk_spelling import (
    DAY,
    SPAN,
    STAFF,
    Sizes,
    ago,
    day_ago,
    even,
    id_of,
    one_of,
    person_name,
    programme,
    put,
    shop_of_charge,
    transfers_of,
)
from core import clock

# --- patrols


def patrols(sizes: Sizes) -> None:
    """Plates, routes, rounds with who walked, visits and what looked odd."""
    rounds = max(100, sizes.transfers // 10)
    # Today's last are under way, a few of them far too long; each 2000th of the others waits for somebody to look.
    state = f"CASE WHEN n >= {rounds - 60} THEN 'open' WHEN n % 2000 = 7 THEN 'held' WHEN n % 30 = 2 THEN 'incomplete' ELSE 'completed' END"
    put(
        "checkpoint", sizes.routes * 5, id=id_of("checkpoint", "n"), number="n + 1", name="'岗亭' || n", area_id=id_of("area", f"121 + n % {sizes.areas - 121}"),
        code_digest="'plate ' || n", generation="1", status="'active'",
    )  # fmt: skip
    put(
        "route", sizes.routes, id=id_of("route", "n"), name="'路线' || n", area_id=id_of("area", "21 + n % 100"), squad_id=id_of("squad", f"n % {sizes.squads}"),
        minimum_points="3", rule_code="'patrol'", status="'active'", time_out_minutes="240", cooldown_minutes="60",
    )  # fmt: skip
    put(
        "route_checkpoint",
        sizes.routes * 5,
        route_id=id_of("route", "n / 5"),
        position="1 + n % 5",
        checkpoint_id=id_of("checkpoint", "n"),
    )
    opened = even(rounds)
    ended = f"CASE WHEN n < {rounds - 60} THEN {ago(f'{opened} - 2400')} END"
    put(
        "round", rounds, id=id_of("round", "n"), handle="n", route_id=id_of("route", f"n % {sizes.routes}"), opened_by=id_of("member", f"{STAFF} + n * 7919 % {sizes.coming - STAFF}"),
        squad_id=id_of("squad", f"n % {sizes.squads}"), state=state, opened_at=ago(opened), due_at=ago(f"{opened} - 14400"),
        last_visit_at=ago(f"{opened} - 2400"), ended_at=ended, ended_how=f"CASE WHEN n < {rounds - 60} THEN 'hand' END",
        points_visited="5", points_total="5", missed="'[]'",
    )  # fmt: skip
    outcome = state.replace("'completed'", "'paid'").replace("'open'", "NULL").replace("n ", "n / 2 ")
    put(
        "round_member", rounds * 2, round_id=id_of("round", "n / 2"), member_id=id_of("member", f"{STAFF} + (n / 2 * 7919 + n % 2) % {sizes.coming - STAFF}"),
        joined_at=ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"), points="2", service_minutes="40", outcome=outcome,
    )  # fmt: skip
    put(
        "visit", rounds * 2, id=id_of("visit", "n"), round_id=id_of("round", "n / 2"), checkpoint_id=id_of("checkpoint", f"n / 2 % {sizes.routes} * 5 + n % 2"),
        member_id=id_of("member", f"{STAFF} + (n / 2 * 7919) % {sizes.coming - STAFF}"), happened_at=ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"),
        received_at=ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"), device_digest="'phone ' || (n / 2 % 100000)",
    )  # fmt: skip
    put(
        "round_flag", max(1, rounds // 500), id=id_of("flag", "n"), round_id=id_of("round", "n * 500 + 7"), kind="'too_fast'",
        data="""'{"start": "东门", "end": "西门", "metres": 900, "seconds": 60}'""", raised_at=ago(even(max(1, rounds // 500))),
    )  # fmt: skip


# --- shops and rewards


def shops_and_people(sizes: Sizes) -> None:
    """Shops with their people and offers."""
    shops = sizes.shops
    put(
        "merchant", shops, id=id_of("shop", "n"), number="n + 1", name=f"{person_name('n')} || '商店' || n", trade_code="(SELECT min(code) FROM trade)",
        area_id=id_of("area", f"121 + n % {sizes.areas - 121}"), hours="'[]'", status="CASE WHEN n % 50 = 9 THEN 'applied' WHEN n % 40 = 3 THEN 'left' ELSE 'active' END",
        plate_generation="1", plate_digest="'shop ' || n", applied_by=id_of("member", "200 + n"), applied_at=ago(str(SPAN)),
        admitted_at=f"CASE WHEN n % 50 = 9 THEN NULL ELSE {ago(str(SPAN))} END",
    )  # fmt: skip
    put(
        "shop_clerk", shops * 3, merchant_id=id_of("shop", "n / 3"), member_id=id_of("member", "200 + n"),
        post="CASE WHEN n % 3 = 0 THEN 'owner' ELSE 'clerk' END", since=ago(str(SPAN)),
    )  # fmt: skip
    put(
        "shop_invitation",
        shops // 10,
        merchant_id=id_of("shop", "n * 10"),
        member_id=id_of("member", "100 + n"),
        post="'clerk'",
        invited_by=id_of("member", "200 + n * 10"),
    )
    put(
        "offer",
        shops * 3,
        id=id_of("offer", "n"),
        merchant_id=id_of("shop", "n / 3"),
        name="'理发' || n",
        points="10 + n % 50",
        position="n % 3",
    )


def giving(sizes: Sizes) -> None:
    """Deeds of shops, their budgets, what they gave, and rates."""
    shops = sizes.shops
    deeds = shops * 5
    transfers_of(
        deeds, "deed", "earn", debit=programme("issued"), credit=id_of("shop", f"n % {shops}"), at=ago(even(deeds)),
        subject_type="'shop_deed'", subject_id=id_of("deed", "n"), rule_id=id_of("rule", "29"),
    )  # fmt: skip
    put(
        "shop_deed",
        shops * 5,
        id=id_of("deed", "n"),
        merchant_id=id_of("shop", f"n % {shops}"),
        rule_code="'lead'",
        points="20",
        happened_at=ago(even(shops * 5)),
        awarded_at=ago(even(shops * 5)),
        awarded_by=id_of("member", "2 + n % 40"),
        transfer_id=id_of("deed", "n"),
    )
    put(
        "budget_change",
        shops,
        id=id_of("past", "n"),
        merchant_id=id_of("shop", "n"),
        points="500",
        changed_at=ago(even(shops)),
        changed_by=id_of("member", "2 + n % 40"),
        transfer_id=id_of("other", f"{shops * 5} + n"),
    )
    gifts = min(shops * 50, sizes.transfers // 20)
    put(
        "shop_gift", gifts, id=id_of("gift", "n"), merchant_id=id_of("shop", f"n % {shops}"), member_id=id_of("member", f"{STAFF} + n * 71 % {sizes.coming - STAFF}"),
        clerk_id=id_of("member", f"200 + n % {shops} * 3"), points="2", given_at=ago(even(gifts)), local_day=day_ago(f"{even(gifts)} / {DAY}"), transfer_id=id_of("other", "n"),
    )  # fmt: skip
    put(
        "conversion_rate",
        60,
        id=id_of("rate", "n"),
        merchant_id=f"CASE WHEN n > 0 THEN {id_of('shop', f'n * 7 % {shops}')} END",
        cents_per_point="10 + n % 5",
        valid_from=day_ago("700 - n"),
        created_at=ago(str(SPAN)),
    )


def settlements(sizes: Sizes) -> None:
    """Statements of 23 months with their lines."""
    shops = sizes.shops
    months = _months(23)
    count = shops * len(months)
    latest = f"n / {shops} < 1"
    put(
        "settlement", count, id=id_of("settlement", "n"), number="n + 1", merchant_id=id_of("shop", f"n % {shops}"), month=one_of(f"n / {shops}", months),
        state=f"CASE WHEN {latest} THEN 'draft' ELSE 'closed' END", points="300 + n % 500", cents="3000 + n % 500 * 10", drafted_at=ago("100000"),
        agreed_at=f"CASE WHEN {latest} THEN NULL ELSE {ago('90000')} END", paid_on=f"CASE WHEN {latest} THEN NULL ELSE {day_ago('1')} END",
        closed_at=f"CASE WHEN {latest} THEN NULL ELSE {ago('80000')} END",
    )  # fmt: skip
    lines = sizes.transfers // 20
    put(
        "settlement_line", lines, transfer_id=id_of("pay", "n"), settlement_id=id_of("settlement", f"CASE WHEN n % 5 = 0 THEN n / 5 % {len(months)} * {shops} ELSE n % {count} END"), kind="'charge'",
        points="2 + n * 7 % 49", cents="20 + n * 70 % 490", posted_at=ago(even(lines)),
    )  # fmt: skip


def _months(count: int) -> list[str]:
    first, found = clock.today().replace(day=1), []
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found


def charges(sizes: Sizes) -> None:
    """Payments, odd ones among them."""
    charges = sizes.transfers // 20
    at = even(charges)
    put(
        "charge", charges, id=id_of("charge", "n"), merchant_id=shop_of_charge(sizes, "n"), member_id=id_of("member", f"{STAFF} + n * 5003 % {sizes.coming - STAFF}"),
        clerk_id=id_of("member", f"CASE WHEN n % 5 = 0 THEN 200 ELSE 200 + n * 31 % {sizes.shops} * 3 END"), way=one_of("n", ("order", "phone", "card", "plate")), points="2 + n * 7 % 49",
        state="'paid'", opened_at=ago(at), expires_at=ago(f"{at} - 120"), paid_at=ago(at), local_day=day_ago(f"{at} / {DAY}"),
        reservation_id=id_of("spend", "n"), payment_id=id_of("pay", "n"),
    )  # fmt: skip
    flags = max(1, charges // 100)
    seen = f"n < {flags * 14 // 15}"
    put(
        "charge_flag", flags, id=id_of("flag", "n"), charge_id=id_of("charge", "n * 100"), kind="'same_pair'", data="""'{"times": 6}'""", raised_at=ago(even(flags)),
        seen_by=f"CASE WHEN {seen} THEN {id_of('member', '2')} END", seen_at=f"CASE WHEN {seen} THEN {ago('100')} END",
    )  # fmt: skip
    put(
        "untold_payment",
        max(1, charges // 1000),
        charge_id=id_of("charge", "n * 1000 + 3"),
        merchant_id=shop_of_charge(sizes, "(n * 1000 + 3)"),
    )


def rewards(sizes: Sizes) -> None:
    """The catalogue, redemptions, the journal of the stock."""
    rewards, redemptions = 300, sizes.transfers // 100
    put(
        "reward", rewards, id=id_of("reward", "n"), number="n + 1", name_zh="'奖品' || n", kind=one_of("n", ("goods", "security", "service")), points="20 + n",
        stock=f"CASE WHEN n % 5 > 0 THEN n * 7 % 4000 + {redemptions // 50} END", low_stock="CASE WHEN n % 5 > 0 THEN 500 ELSE 0 END", quota_period="'month'",
        voucher_hours="72", status="CASE WHEN n % 10 = 9 THEN 'retired' ELSE 'offered' END", version="1", created_at=ago(even(rewards)),
        merchant_id=f"CASE WHEN n % 5 = 0 THEN {id_of('shop', f'n % {sizes.shops}')} END",
    )  # fmt: skip
    at, held = even(redemptions), f"n >= {redemptions - redemptions // 50}"
    put(
        "redemption", redemptions, id=id_of("redemption", "n"), reward_id=id_of("reward", f"n % {rewards}"), member_id=id_of("member", f"{STAFF} + n * 5009 % {sizes.coming - STAFF}"),
        points="20 + n % 300", state=f"CASE WHEN {held} THEN 'held' ELSE 'used' END", stocked="(n % 5 > 0)", code_digest="'voucher ' || n", reserved_at=ago(at),
        local_day=day_ago(f"{at} / {DAY}"), expires_at=ago(f"{at} - {60 * DAY}"), ended_at=f"CASE WHEN {held} THEN NULL ELSE {ago(f'{at} - 3600')} END",
        reservation_id=id_of("redemption", "n"), finish_id=f"CASE WHEN {held} THEN NULL ELSE {id_of('release', 'n')} END",
        handed_over_by=f"CASE WHEN {held} THEN NULL ELSE {id_of('member', '2 + n % 40')} END",
    )  # fmt: skip
    put(
        "stock_movement", redemptions // 2, id=id_of("movement", "n"), reward_id=id_of("reward", f"n % {rewards}"), sequence=f"1 + n / {rewards}", kind="'received'",
        change="10", stock_after="100", actor_id=id_of("member", "2 + n % 40"), moved_at=ago(even(redemptions // 2)),
    )  # fmt: skip
    put(
        "waiting_member",
        max(1, sizes.members // 1000),
        reward_id=id_of("reward", f"n % {rewards}"),
        member_id=id_of("member", "100 + n"),
        since=ago("n"),
    )
    put(
        "favourite",
        max(1, sizes.members // 100),
        member_id=id_of("member", "100 + n"),
        reward_id=id_of("reward", f"n % {rewards}"),
        since=ago("n"),
    )
