"""People, tariff, books and scores of the city that desk lists are measured in."""

from datetime import date

import sqlalchemy as sa

from bench.desk_spelling import (
    CATEGORIES,
    DAY,
    SPAN,
    STAFF,
    WALKER,
    Sizes,
    ago,
    day_ago,
    even,
    id_of,
    lite,
    null,
    one_of,
    person_name,
    programme,
    put,
    shop_of_charge,
    transfers_of,
)
from core import clock
from core.db import db
from members import name_rules
from points import leaderboard
from points.rules import SHARDS

# --- people


def people(sizes: Sizes) -> None:
    """Areas, squads, members with their roles."""
    members, squads = sizes.members, sizes.squads
    level = "CASE WHEN n = 0 THEN 'station' WHEN n <= 20 THEN 'community' WHEN n <= 120 THEN 'grid' ELSE 'estate' END"
    above = f"CASE WHEN n = 0 THEN {null('uuid')} WHEN n <= 20 THEN {id_of('area', '0')} WHEN n <= 120 THEN {id_of('area', '1 + n % 20')} ELSE {id_of('area', '21 + n % 100')} END"
    put("area", sizes.areas, id=id_of("area", "n"), parent_id=above, level=level, name="'片区' || n")
    put(
        "squad", squads, id=id_of("squad", "n"), name="'第' || (n + 1) || '巡逻队'", kind="'patrol'", crest_color="'red'",
        area_id=id_of("area", "21 + n % 100"), active_members=str(members // squads),
    )  # fmt: skip
    # The first are the staff: active, in no managed account, at work for long.
    status = (
        f"CASE WHEN n < {STAFF} THEN 'active' WHEN n % 2000 = 7 THEN 'applied' WHEN n % 33 = 5 THEN 'on_leave' "
        "WHEN n % 100 = 11 THEN 'suspended' WHEN n % 25 = 3 THEN 'left' ELSE 'active' END"
    )
    left, applied = f"(n >= {STAFF} AND {status} = 'left')", f"(n >= {STAFF} AND {status} = 'applied')"
    joined = ago(even(members))
    put(
        "member", members, id=id_of("member", "n"), number="1000000 + n", name=person_name("n"), name_key=person_name("n"), status=status,
        phone=f"CASE WHEN {left} OR n % 5 = 1 THEN NULL ELSE '+86' || (13000000000 + n) END",
        squad_id=f"CASE WHEN n % 5 = 0 THEN {id_of('squad', f'n / 5 % {squads}')} END",
        area_id=id_of("area", f"121 + n % {sizes.areas - 121}"), language="'zh_Hans_CN'", theme="'auto'",
        listed="(n % 3 = 0)", session_epoch="1",
        helper_id=f"CASE WHEN n > {STAFF} AND n % 40 = 9 THEN {id_of('member', 'n - 1')} END",
        card_digest="'card ' || n", card_generation="1", card_issued_at=joined, consented_at=joined, consent_version="1",
        admitted_at=f"CASE WHEN {applied} THEN NULL ELSE {joined} END", created_at=joined,
        left_at=f"CASE WHEN {left} THEN {joined} END",
        signed_in_on=f"CASE WHEN n % 3 > 0 THEN {day_ago('n % 700')} END",
    )  # fmt: skip
    _sounds()
    role = "CASE WHEN n < 2 THEN 'administrator' WHEN n < 42 THEN 'coordinator' WHEN n < 45 THEN 'auditor' WHEN n % 10 < 7 THEN 'volunteer' ELSE 'resident' END"
    put("member_role", members, member_id=id_of("member", "n"), role=role)
    put("consent", members, member_id=id_of("member", "n"), version="1", agreed_at=joined)
    put(
        "captaincy",
        squads,
        squad_id=id_of("squad", "n"),
        post="'captain'",
        member_id=id_of("member", "100 + n * 10"),
    )
    put(
        "sign_in", sizes.members // 3, member_id=id_of("member", "n"), password_hash="'no such hash'", pin_hash=null("varchar")
    )  # fmt: skip


def _sounds() -> None:
    names = db.session.scalars(sa.text("SELECT DISTINCT name FROM member")).all()
    given = sa.text(
        "UPDATE member SET name_sound = :name_sound, name_latin = :name_latin WHERE name_key = :name_key"
    )
    db.session.connection().execute(given, [name_rules.kept(name) for name in names])


def tariff(_sizes: Sizes) -> None:
    """Ten rules in three versions each."""
    codes = (
        "patrol",
        "report",
        "visit_elders",
        "leaflets",
        "training",
        "mediation",
        "lead",
        "rental",
        "bill",
        "drill",
    )
    put(
        "tariff_rule", 30, id=id_of("rule", "n"), code=one_of("n / 3", codes), version="1 + n % 3", name_zh="'好事' || (n / 3)",
        name_en="'Deed ' || (n / 3)", category=one_of("n / 3", CATEGORIES), points="2 + n / 3 * 5",
        valid_from=f"CASE n % 3 WHEN 0 THEN {day_ago('1500')} WHEN 1 THEN {day_ago('700')} ELSE {day_ago('200')} END",
        valid_until=f"CASE n % 3 WHEN 0 THEN {day_ago('700')} WHEN 1 THEN {day_ago('200')} END", created_at=ago(str(SPAN)),
    )  # fmt: skip


# --- books


def books(sizes: Sizes) -> None:
    """Accounts, lots, transfers and the receipts that are still kept."""
    transfers = sizes.transfers
    put(
        "account",
        sizes.members,
        id=id_of("member", "n"),
        kind="'member'",
        owner_id=id_of("member", "n"),
        owed="0",
    )
    put(
        "account",
        sizes.shops,
        id=id_of("shop", "n"),
        kind="'merchant'",
        owner_id=id_of("shop", "n"),
        owed="0",
    )
    for back in (0, 1):
        ends = (
            f"'{date(clock.today().year + back, 12, 31)}'"
            if lite()
            else f"date '{date(clock.today().year + back, 12, 31)}'"
        )
        put("lot", sizes.members, account_id=id_of("member", "n"), expires_on=ends, balance="n * 31 % 300")
    _earnings(sizes, transfers)
    _spendings(sizes, transfers)
    year_ends = [date(year, 12, 31) for year in range(clock.today().year - 2, clock.today().year)]
    expired = transfers // 20
    since = one_of("n", [str((clock.today() - each).days * DAY) for each in year_ends]).replace("'", "")
    transfers_of(
        expired, "other", "expire", debit=id_of("member", f"n % {sizes.members}"), credit=programme("expired"),
        at=ago(f"{since} - n % 3000"), subject_type="'expiry'",
    )  # fmt: skip
    answer = """'{"outcome": "round_ended", "points": 2, "title": "巡逻", "balance": 118}'"""
    kept = transfers * 400 // 730 * 3 // 4
    put(
        "receipt", kept, key=id_of("key", f"{transfers * 3 // 4} - {kept} + n"), actor_id=id_of("member", f"n % {sizes.coming}"),
        action="'scan'", fingerprint="'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
        outcome="CASE WHEN n % 50 = 0 THEN 'visit_too_soon' ELSE 'done' END", family="CASE WHEN n % 50 = 0 THEN 'Refused' ELSE '' END",
        answer=answer, created_at=ago(even(kept, 400 * DAY)),
    )  # fmt: skip
    # Far more than a year's share of them in the weeks for which they are listed.
    put(
        "refused_scan", kept // 50, id=id_of("scan", "n"), at=ago(even(kept // 50, 30 * DAY)),
        member_id=id_of("member", f"n * 7 % {sizes.coming}"), kind=one_of("n", ("C", "S", "M")),
        reason=one_of("n / 3", ("already_visited", "plate_replaced", "code_unknown", "cooldown", "code_foreign")),
        code_digest="'plate ' || (n * 31 % 900)", device_digest="'phone ' || (n * 17 % 90001)",
    )  # fmt: skip


def _earnings(sizes: Sizes, transfers: int) -> None:
    """Three quarters of all are rounds, a twentieth awards by hand; a few of those are withdrawn."""
    rounds, by_hand = transfers * 3 // 4, transfers // 20
    _, members = sizes.squads, sizes.coming
    ends = f"'{clock.today().year + 1}-12-31'" if lite() else f"date '{clock.today().year + 1}-12-31'"
    whose = f"CASE WHEN n % 5000 = 0 THEN {WALKER} ELSE {STAFF} + n * 7919 % {members - STAFF} END"
    earned = {"debit": programme("issued"), "expires_on": ends}
    transfers_of(
        rounds, "transfer", "earn", credit=id_of("member", whose), at=ago(even(rounds)), subject_type="'round'",
        subject_id=id_of("round", f"n * {max(1, transfers // 10)} / {rounds}"), rule_id=id_of("rule", "2"), receipt_key=id_of("key", "n"),
        squad_id=id_of("squad", f"({whose}) % {sizes.squads}"), **earned,
    )  # fmt: skip
    # A batch of awards stands at one second; some coordinators give each other, and often the same.
    transfers_of(
        by_hand, "gift", "earn", credit=id_of("member", f"CASE WHEN n % 900 = 0 THEN n / 900 % {STAFF} WHEN n % 70 = 3 THEN 1000 + n % 40 ELSE {STAFF} + n * 6007 % {members - STAFF} END"),
        actor_id=id_of("member", f"CASE WHEN n % 900 = 0 THEN (n / 900 + 1 + n / 900 / {STAFF} % 2) % {STAFF} ELSE 2 + n / 30 % 40 END"),
        at=ago(f"{SPAN} - (n / 20 * 20 + 20) * {SPAN} / {by_hand + 41}"), subject_type="'award'", rule_id=id_of("rule", "2 + n % 10 * 3"),
        squad_id=id_of("squad", f"n % {sizes.squads}"), **earned,
    )  # fmt: skip
    transfers_of(
        by_hand // 40, "reversal", "reversal", debit=id_of("member", f"{STAFF} + n * 40 * 6007 % {members - STAFF}"), credit=programme("issued"),
        at=ago(even(by_hand // 40)), subject_type="'transfer'", reverses_id=id_of("gift", "n * 40"), memo="'重复录入'",
    )  # fmt: skip
    for space, share in (("report", 50), ("bill", 50)):
        count = transfers // share
        transfers_of(
            count, space, "earn", credit=id_of("member", f"{STAFF} + n * 4801 % {members - STAFF}"), at=ago(even(count)),
            subject_type=f"'{space}'", subject_id=id_of(space, "n"), rule_id=id_of("rule", "5" if space == "report" else "26"), **earned,
        )  # fmt: skip


def _spendings(sizes: Sizes, transfers: int) -> None:
    paid, redeemed = transfers // 20, transfers // 100
    payer = id_of("member", f"{STAFF} + n * 5003 % {sizes.coming - STAFF}")
    at = ago(even(paid))
    transfers_of(
        paid,
        "spend",
        "spend",
        debit=payer,
        credit=programme("escrow"),
        at=at,
        subject_type="'charge'",
        subject_id=id_of("charge", "n"),
    )
    transfers_of(
        paid, "pay", "pay", debit=programme("escrow"), credit=shop_of_charge(sizes, "n"), at=at, subject_type="'charge'",
        subject_id=id_of("charge", "n"), reservation_id=id_of("spend", "n"),
    )  # fmt: skip
    put(
        "transfer_lot",
        paid,
        transfer_id=id_of("spend", "n"),
        account_id=payer,
        expires_on=f"'{clock.today().year}-12-31'" if lite() else f"date '{clock.today().year}-12-31'",
        change="-(2 + n * 7 % 49)",
    )
    at = ago(even(redeemed))
    payer = id_of("member", f"{STAFF} + n * 5009 % {sizes.coming - STAFF}")
    transfers_of(
        redeemed,
        "redemption",
        "spend",
        debit=payer,
        credit=programme("escrow"),
        at=at,
        subject_type="'redemption'",
        subject_id=id_of("redemption", "n"),
    )
    transfers_of(
        redeemed, "release", "release", debit=programme("escrow"), credit=programme("redeemed"), at=at, subject_type="'redemption'",
        subject_id=id_of("redemption", "n"), reservation_id=id_of("redemption", "n"), where=f"n < {redeemed - redeemed // 50}",
    )  # fmt: skip


def scores(sizes: Sizes) -> None:
    """What members and squads have earned in eight seasons."""
    periods = {kind: leaderboard.period(kind, clock.today()) for kind in ("week", "month", "year", "all")}
    shares = {"week": 10, "month": 3, "year": 1, "all": 1}
    for kind, each in periods.items():
        for season in filter(None, (each.season, each.before)):
            put(
                "score", sizes.coming // shares[kind], season=f"'{season}'", member_id=id_of("member", "n"), squad_id=id_of("squad", f"n % {sizes.squads}"),
                points=f"1 + n / {sizes.squads} * 7919 % 500", deeds="1 + n % 7", reached_at=ago("n % 100000"),
            )  # fmt: skip
    statement = f"""INSERT INTO squad_score (season, squad_id, shard, points, deeds, by_hand, reached_at)
        SELECT season, squad_id, points % {SHARDS}, sum(points), sum(deeds), sum(deeds) / 10, max(reached_at) FROM score
        GROUP BY season, squad_id, points % {SHARDS}"""
    db.session.execute(sa.text(statement))
