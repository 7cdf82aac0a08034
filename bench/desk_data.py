"""A city to look up at the desk: every table filled inside the database, in proportions of a programme that is two years old.

The tables' constraints hold and names, times and states are spread; the books need not balance. What a column says that
nothing here names is its neutral value, so that a new column needs nothing; a table that nobody fills is told by
`empty_tables`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import merchants.service
from core import clock
from core.db import db, transaction
from points import leaderboard
from points.rules import SHARDS
from points.triggers import PROGRAMME_ACCOUNTS

DAY = 86_400
SPAN = 730 * DAY
#: Each kind of row has ids of its own: its letter in front, its running number behind.
_KINDS = (
    "area squad member shop rule transfer round checkpoint route flag charge offer reward redemption report step home "
    "bill letter request gift deed settlement rate device code entry movement key spend pay reversal other release "
    "visit past activity campaign import notice honour endorsement odd merge"
)
SPACES = {name: place for place, name in enumerate(_KINDS.split(), start=1)}
STAFF = 45
ADMINISTRATOR = 0
#: A member who comes every day, and the shop that takes a fifth of all payments.
WALKER, SUPERMARKET = 1_005, 0
CATEGORIES = ("patrol", "report", "care", "publicity", "training", "mediation")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰"


@dataclass(frozen=True)
class Sizes:
    """How many of what, from the numbers of members and transfers."""

    members: int
    transfers: int

    @property
    def squads(self) -> int:
        """Squads of two thousand at most, ten at least."""
        return min(500, max(10, self.members // 2_000))

    @property
    def shops(self) -> int:
        """One for five hundred members."""
        return max(20, self.members // 500)

    @property
    def areas(self) -> int:
        """A station with 20 communities and 100 grids; the others are estates."""
        return min(500, max(130, self.members // 1_000))

    @property
    def routes(self) -> int:
        """Each of five plates."""
        return min(300, max(20, self.members // 2_000))

    @property
    def coming(self) -> int:
        """Members who come to patrols and counters."""
        return max(STAFF + 1, self.members * 7 // 10)


def identifier(space: str, number: int) -> UUID:
    """The id of the row with this running number."""
    return UUID(int=(SPACES[space] << 96) + number)


def fill(sizes: Sizes) -> None:
    """Write everything; then let the engine count what it needs for its plans."""
    merchants.service.install_trades()
    indexes = _drop_indexes()
    with transaction():
        if not _lite():
            # The ids fit by how they are made; looking each of them up would take longer than writing them.
            db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for part in (
            _people,
            _tariff,
            _books,
            _scores,
            _patrols,
            _shops,
            _charges,
            _rewards,
            _reports,
            _desk,
            _life,
        ):
            part(sizes)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Transfers stand in the order of their booking, as they were written one by one.
        in_order = ["CLUSTER transfer USING ix_transfer_posted"] if not _lite() else []
        for statement in (*indexes, *in_order, "ANALYZE" if _lite() else "VACUUM ANALYZE"):
            connection.exec_driver_sql(statement)


def empty_tables() -> list[str]:
    """Tables in which nothing stands: lists of them were measured without a row."""
    return [
        name
        for name, table in sorted(db.metadata.tables.items())
        if db.session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None
    ]


# --- how an engine spells it


def _lite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _id(space: str, number: str) -> str:
    head = f"{SPACES[space]:08x}"
    if _lite():
        return f"printf('{head}%024x', {number})"
    return f"('{head}' || lpad(to_hex(({number})::bigint), 24, '0'))::uuid"


def _ago(seconds: str) -> str:
    """The moment so many seconds before now."""
    now = clock.now()
    if _lite():
        return (
            f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', '{now:%Y-%m-%d %H:%M:%S}', (-({seconds})) || ' seconds')"
        )
    return f"timestamptz '{now:%Y-%m-%dT%H:%M:%SZ}' - make_interval(secs => ({seconds})::double precision)"


def _day(days: str) -> str:
    """The day so many days before today."""
    today = clock.today().isoformat()
    return f"date('{today}', (-({days})) || ' days')" if _lite() else f"date '{today}' - ({days})::integer"


def _even(count: int, span: int = SPAN) -> str:
    """Seconds before now of the n-th of `count` rows, the last one just now."""
    return f"({span} - (n + 1) * {span} / {count + 1})"


def _one_of(number: str, values: Sequence[str]) -> str:
    cases = " ".join(f"WHEN {place} THEN {_text(each)}" for place, each in enumerate(values[:-1]))
    return f"CASE ({number}) % {len(values)} {cases} ELSE {_text(values[-1])} END"


def _text(value: str) -> str:
    return f"'{value}'"


def _name(number: str) -> str:
    parts = (SURNAMES, "1"), (GIVEN, "20"), (GIVEN, "400")
    return " || ".join(
        f"substr('{letters}', CAST(1 + ({number}) * 7 / {step} % 20 AS integer), 1)"
        for letters, step in parts
    )


def _null(kind: str) -> str:
    return "NULL" if _lite() else f"NULL::{kind}"


def _hex(value: UUID) -> str:
    return f"'{value.hex}'"


def _put(table_name: str, count: int, where: str = "", **values: str) -> None:
    """So many rows, numbered from 0 by `n`; columns that are not named get their neutral value."""
    table = db.metadata.tables[table_name]
    for column in table.columns:
        if column.name not in values and not column.nullable:
            values[column.name] = _neutral(column)
    numbers = (
        f"(WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1}) SELECT n FROM numbers)"
        if _lite()
        else f"generate_series(0::bigint, {count - 1}::bigint)"
    )
    statement = (
        f"INSERT INTO {table_name} ({', '.join(values)}) SELECT {', '.join(values.values())} "
        f"FROM {numbers} AS numbers{'' if _lite() else '(n)'} {where and 'WHERE ' + where}"
    )
    db.session.connection().execute(sa.text(statement))


def _neutral(column: Any) -> str:
    if column.default is not None and column.default.is_scalar:
        given = column.default.arg
        if isinstance(given, bool):
            return ("1" if given else "0") if _lite() else str(given).lower()
        return f"'{given}'" if isinstance(given, str) else str(given)
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return "0" if _lite() else "false"
    if isinstance(kind, sa.Integer):
        return "0"
    if isinstance(kind, sa.JSON):
        return "'[]'" if column.default is not None else "'{}'"
    if isinstance(kind, sa.Uuid):
        return _hex(UUID(int=0))
    if isinstance(kind, sa.Date):
        return _day("400")
    return "''" if isinstance(kind, sa.String) else _ago("0")


def _drop_indexes() -> list[str]:
    """PostgreSQL: take the indexes of the large tables away; returns the statements that make them again."""
    if _lite():
        return []
    names = "'transfer', 'receipt', 'member', 'score', 'visit', 'round_member', 'round', 'charge', 'audit_entry', 'lot'"
    query = (
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({names}) AND schemaname = current_schema() "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = connection.exec_driver_sql(query).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    return [definition for _, definition in found]


# --- people


def _people(sizes: Sizes) -> None:
    members, squads = sizes.members, sizes.squads
    level = "CASE WHEN n = 0 THEN 'station' WHEN n <= 20 THEN 'community' WHEN n <= 120 THEN 'grid' ELSE 'estate' END"
    above = f"CASE WHEN n = 0 THEN {_null('uuid')} WHEN n <= 20 THEN {_id('area', '0')} WHEN n <= 120 THEN {_id('area', '1 + n % 20')} ELSE {_id('area', '21 + n % 100')} END"
    _put("area", sizes.areas, id=_id("area", "n"), parent_id=above, level=level, name="'片区' || n")
    _put(
        "squad", squads, id=_id("squad", "n"), name="'第' || (n + 1) || '巡逻队'", kind="'patrol'", crest_color="'red'",
        area_id=_id("area", "21 + n % 100"), active_members=str(members // squads),
    )  # fmt: skip
    # The first are the staff: active, in no managed account, at work for long.
    status = (
        f"CASE WHEN n < {STAFF} THEN 'active' WHEN n % 2000 = 7 THEN 'applied' WHEN n % 33 = 5 THEN 'on_leave' "
        "WHEN n % 100 = 11 THEN 'suspended' WHEN n % 25 = 3 THEN 'left' ELSE 'active' END"
    )
    left, applied = f"(n >= {STAFF} AND {status} = 'left')", f"(n >= {STAFF} AND {status} = 'applied')"
    joined = _ago(_even(members))
    _put(
        "member", members, id=_id("member", "n"), number="1000000 + n", name=_name("n"), name_key=_name("n"), status=status,
        phone=f"CASE WHEN {left} OR n % 5 = 1 THEN NULL ELSE '+86' || (13000000000 + n) END",
        squad_id=f"CASE WHEN n % 5 = 0 THEN {_id('squad', f'n / 5 % {squads}')} END",
        area_id=_id("area", f"121 + n % {sizes.areas - 121}"), language="'zh_Hans_CN'", theme="'auto'",
        listed="(n % 3 = 0)", session_epoch="1",
        helper_id=f"CASE WHEN n > {STAFF} AND n % 40 = 9 THEN {_id('member', 'n - 1')} END",
        card_digest="'card ' || n", card_generation="1", card_issued_at=joined, consented_at=joined, consent_version="1",
        admitted_at=f"CASE WHEN {applied} THEN NULL ELSE {joined} END", created_at=joined,
        left_at=f"CASE WHEN {left} THEN {joined} END",
        signed_in_on=f"CASE WHEN n % 3 > 0 THEN {_day('n % 700')} END",
    )  # fmt: skip
    role = "CASE WHEN n < 2 THEN 'administrator' WHEN n < 42 THEN 'coordinator' WHEN n < 45 THEN 'auditor' WHEN n % 10 < 7 THEN 'volunteer' ELSE 'resident' END"
    _put("member_role", members, member_id=_id("member", "n"), role=role)
    _put("consent", members, member_id=_id("member", "n"), version="1", agreed_at=joined)
    _put(
        "captaincy",
        squads,
        squad_id=_id("squad", "n"),
        post="'captain'",
        member_id=_id("member", "100 + n * 10"),
    )
    _put(
        "sign_in", sizes.members // 3, member_id=_id("member", "n"), password_hash="'no such hash'", pin_hash=_null("varchar")
    )  # fmt: skip


def _tariff(_sizes: Sizes) -> None:
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
    _put(
        "tariff_rule", 30, id=_id("rule", "n"), code=_one_of("n / 3", codes), version="1 + n % 3", name_zh="'好事' || (n / 3)",
        name_en="'Deed ' || (n / 3)", category=_one_of("n / 3", CATEGORIES), points="2 + n / 3 * 5",
        valid_from=f"CASE n % 3 WHEN 0 THEN {_day('1500')} WHEN 1 THEN {_day('700')} ELSE {_day('200')} END",
        valid_until=f"CASE n % 3 WHEN 0 THEN {_day('700')} WHEN 1 THEN {_day('200')} END", created_at=_ago(str(SPAN)),
    )  # fmt: skip


# --- books


def _books(sizes: Sizes) -> None:
    transfers = sizes.transfers
    _put(
        "account",
        sizes.members,
        id=_id("member", "n"),
        kind="'member'",
        owner_id=_id("member", "n"),
        owed="0",
    )
    _put("account", sizes.shops, id=_id("shop", "n"), kind="'merchant'", owner_id=_id("shop", "n"), owed="0")
    for back in (0, 1):
        ends = (
            f"'{date(clock.today().year + back, 12, 31)}'"
            if _lite()
            else f"date '{date(clock.today().year + back, 12, 31)}'"
        )
        _put("lot", sizes.members, account_id=_id("member", "n"), expires_on=ends, balance="n * 31 % 300")
    _earnings(sizes, transfers)
    _spendings(sizes, transfers)
    year_ends = [date(year, 12, 31) for year in range(clock.today().year - 2, clock.today().year)]
    expired = transfers // 20
    ago = _one_of("n", [str((clock.today() - each).days * DAY) for each in year_ends]).replace("'", "")
    _transfer(
        expired, "other", "expire", debit=_id("member", f"n % {sizes.members}"), credit=_account("expired"),
        at=_ago(f"{ago} - n % 3000"), subject_type="'expiry'",
    )  # fmt: skip
    answer = """'{"outcome": "round_ended", "points": 2, "title": "巡逻", "balance": 118}'"""
    kept = transfers * 400 // 730 * 3 // 4
    _put(
        "receipt", kept, key=_id("key", f"{transfers * 3 // 4} - {kept} + n"), actor_id=_id("member", f"n % {sizes.coming}"),
        action="'scan'", fingerprint="'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
        outcome="CASE WHEN n % 50 = 0 THEN 'visit_too_soon' ELSE 'done' END", family="CASE WHEN n % 50 = 0 THEN 'Refused' ELSE '' END",
        answer=answer, created_at=_ago(_even(kept, 400 * DAY)),
    )  # fmt: skip


def _account(kind: str) -> str:
    return _hex(PROGRAMME_ACCOUNTS[kind]) if _lite() else f"{_hex(PROGRAMME_ACCOUNTS[kind])}::uuid"


def _transfer(
    count: int, space: str, kind: str, *, debit: str, credit: str, at: str, where: str = "", **values: str
) -> None:
    _put(
        "transfer", count, where, **({
            "id": _id(space, "n"), "kind": f"'{kind}'", "debit_account_id": debit, "credit_account_id": credit,
            "amount": "2 + n * 7 % 49", "receipt_key": _id(space, "n"), "actor_id": _hex(UUID(int=0)) if _lite() else f"{_hex(UUID(int=0))}::uuid",
            "happened_at": at, "posted_at": at, "memo": "''",
        } | values),
    )  # fmt: skip


def _earnings(sizes: Sizes, transfers: int) -> None:
    """Three quarters of all are rounds, a twentieth awards by hand; a few of those are withdrawn."""
    rounds, by_hand = transfers * 3 // 4, transfers // 20
    _, members = sizes.squads, sizes.coming
    ends = f"'{clock.today().year + 1}-12-31'" if _lite() else f"date '{clock.today().year + 1}-12-31'"
    whose = f"CASE WHEN n % 5000 = 0 THEN {WALKER} ELSE {STAFF} + n * 7919 % {members - STAFF} END"
    earned = {"debit": _account("issued"), "expires_on": ends}
    _transfer(
        rounds, "transfer", "earn", credit=_id("member", whose), at=_ago(_even(rounds)), subject_type="'round'",
        subject_id=_id("round", f"n * {max(1, transfers // 10)} / {rounds}"), rule_id=_id("rule", "2"), receipt_key=_id("key", "n"),
        squad_id=_id("squad", f"({whose}) % {sizes.squads}"), **earned,
    )  # fmt: skip
    # A batch of awards stands at one second; some coordinators give each other, and often the same.
    _transfer(
        by_hand, "gift", "earn", credit=_id("member", f"CASE WHEN n % 900 = 0 THEN n / 900 % {STAFF} WHEN n % 70 = 3 THEN 1000 + n % 40 ELSE {STAFF} + n * 6007 % {members - STAFF} END"),
        actor_id=_id("member", f"CASE WHEN n % 900 = 0 THEN (n / 900 + 1 + n / 900 / {STAFF} % 2) % {STAFF} ELSE 2 + n / 30 % 40 END"),
        at=_ago(f"{SPAN} - (n / 20 * 20 + 20) * {SPAN} / {by_hand + 41}"), subject_type="'award'", rule_id=_id("rule", "2 + n % 10 * 3"),
        squad_id=_id("squad", f"n % {sizes.squads}"), **earned,
    )  # fmt: skip
    _transfer(
        by_hand // 40, "reversal", "reversal", debit=_id("member", f"{STAFF} + n * 40 * 6007 % {members - STAFF}"), credit=_account("issued"),
        at=_ago(_even(by_hand // 40)), subject_type="'transfer'", reverses_id=_id("gift", "n * 40"), memo="'重复录入'",
    )  # fmt: skip
    for space, share in (("report", 50), ("bill", 50)):
        count = transfers // share
        _transfer(
            count, space, "earn", credit=_id("member", f"{STAFF} + n * 4801 % {members - STAFF}"), at=_ago(_even(count)),
            subject_type=f"'{space}'", subject_id=_id(space, "n"), rule_id=_id("rule", "5" if space == "report" else "26"), **earned,
        )  # fmt: skip


def _spendings(sizes: Sizes, transfers: int) -> None:
    paid, redeemed = transfers // 20, transfers // 100
    payer = _id("member", f"{STAFF} + n * 5003 % {sizes.coming - STAFF}")
    at = _ago(_even(paid))
    _transfer(
        paid,
        "spend",
        "spend",
        debit=payer,
        credit=_account("escrow"),
        at=at,
        subject_type="'charge'",
        subject_id=_id("charge", "n"),
    )
    _transfer(
        paid, "pay", "pay", debit=_account("escrow"), credit=_shop_of_charge(sizes, "n"), at=at, subject_type="'charge'",
        subject_id=_id("charge", "n"), reservation_id=_id("spend", "n"),
    )  # fmt: skip
    _put(
        "transfer_lot",
        paid,
        transfer_id=_id("spend", "n"),
        account_id=payer,
        expires_on=f"'{clock.today().year}-12-31'" if _lite() else f"date '{clock.today().year}-12-31'",
        change="-(2 + n * 7 % 49)",
    )
    at = _ago(_even(redeemed))
    payer = _id("member", f"{STAFF} + n * 5009 % {sizes.coming - STAFF}")
    _transfer(
        redeemed,
        "redemption",
        "spend",
        debit=payer,
        credit=_account("escrow"),
        at=at,
        subject_type="'redemption'",
        subject_id=_id("redemption", "n"),
    )
    _transfer(
        redeemed, "release", "release", debit=_account("escrow"), credit=_account("redeemed"), at=at, subject_type="'redemption'",
        subject_id=_id("redemption", "n"), reservation_id=_id("redemption", "n"), where=f"n < {redeemed - redeemed // 50}",
    )  # fmt: skip


def _scores(sizes: Sizes) -> None:
    periods = {kind: leaderboard.period(kind, clock.today()) for kind in ("week", "month", "year", "all")}
    shares = {"week": 10, "month": 3, "year": 1, "all": 1}
    for kind, each in periods.items():
        for season in filter(None, (each.season, each.before)):
            _put(
                "score", sizes.coming // shares[kind], season=f"'{season}'", member_id=_id("member", "n"), squad_id=_id("squad", f"n % {sizes.squads}"),
                points=f"1 + n / {sizes.squads} * 7919 % 500", deeds="1 + n % 7", reached_at=_ago("n % 100000"),
            )  # fmt: skip
    statement = f"""INSERT INTO squad_score (season, squad_id, shard, points, deeds, reached_at)
        SELECT season, squad_id, points % {SHARDS}, sum(points), sum(deeds), max(reached_at) FROM score
        GROUP BY season, squad_id, points % {SHARDS}"""
    db.session.execute(sa.text(statement))


# --- patrols


def _patrols(sizes: Sizes) -> None:
    rounds = max(100, sizes.transfers // 10)
    # Today's last are under way, a few of them far too long; each 2000th of the others waits for somebody to look.
    state = f"CASE WHEN n >= {rounds - 60} THEN 'open' WHEN n % 2000 = 7 THEN 'held' WHEN n % 30 = 2 THEN 'incomplete' ELSE 'completed' END"
    _put(
        "checkpoint", sizes.routes * 5, id=_id("checkpoint", "n"), number="n + 1", name="'岗亭' || n", area_id=_id("area", f"121 + n % {sizes.areas - 121}"),
        code_digest="'plate ' || n", generation="1", status="'active'",
    )  # fmt: skip
    _put(
        "route", sizes.routes, id=_id("route", "n"), name="'路线' || n", area_id=_id("area", "21 + n % 100"), squad_id=_id("squad", f"n % {sizes.squads}"),
        minimum_points="3", rule_code="'patrol'", status="'active'", time_out_minutes="240", cooldown_minutes="60",
    )  # fmt: skip
    _put(
        "route_checkpoint",
        sizes.routes * 5,
        route_id=_id("route", "n / 5"),
        position="1 + n % 5",
        checkpoint_id=_id("checkpoint", "n"),
    )
    opened = _even(rounds)
    ended = f"CASE WHEN n < {rounds - 60} THEN {_ago(f'{opened} - 2400')} END"
    _put(
        "round", rounds, id=_id("round", "n"), handle="n", route_id=_id("route", f"n % {sizes.routes}"), opened_by=_id("member", f"{STAFF} + n * 7919 % {sizes.coming - STAFF}"),
        squad_id=_id("squad", f"n % {sizes.squads}"), state=state, opened_at=_ago(opened), due_at=_ago(f"{opened} - 14400"),
        last_visit_at=_ago(f"{opened} - 2400"), ended_at=ended, ended_how=f"CASE WHEN n < {rounds - 60} THEN 'hand' END",
        points_visited="5", points_total="5", missed="'[]'",
    )  # fmt: skip
    outcome = state.replace("'completed'", "'paid'").replace("'open'", "NULL").replace("n ", "n / 2 ")
    _put(
        "round_member", rounds * 2, round_id=_id("round", "n / 2"), member_id=_id("member", f"{STAFF} + (n / 2 * 7919 + n % 2) % {sizes.coming - STAFF}"),
        joined_at=_ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"), points="2", service_minutes="40", outcome=outcome,
    )  # fmt: skip
    _put(
        "visit", rounds * 2, id=_id("visit", "n"), round_id=_id("round", "n / 2"), checkpoint_id=_id("checkpoint", f"n / 2 % {sizes.routes} * 5 + n % 2"),
        member_id=_id("member", f"{STAFF} + (n / 2 * 7919) % {sizes.coming - STAFF}"), happened_at=_ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"),
        received_at=_ago(f"({SPAN} - (n / 2 + 1) * {SPAN} / {rounds + 1})"), device_digest="'phone ' || (n / 2 % 100000)",
    )  # fmt: skip
    _put(
        "round_flag", max(1, rounds // 500), id=_id("flag", "n"), round_id=_id("round", "n * 500 + 7"), kind="'too_fast'",
        data="""'{"start": "东门", "end": "西门", "metres": 900, "seconds": 60}'""", raised_at=_ago(_even(max(1, rounds // 500))),
    )  # fmt: skip


# --- shops and rewards


def _shops(sizes: Sizes) -> None:
    shops = sizes.shops
    _put(
        "merchant", shops, id=_id("shop", "n"), number="n + 1", name=f"{_name('n')} || '商店' || n", trade_code="(SELECT min(code) FROM trade)",
        area_id=_id("area", f"121 + n % {sizes.areas - 121}"), hours="'[]'", status="CASE WHEN n % 50 = 9 THEN 'applied' WHEN n % 40 = 3 THEN 'left' ELSE 'active' END",
        plate_generation="1", plate_digest="'shop ' || n", applied_by=_id("member", "200 + n"), applied_at=_ago(str(SPAN)),
        admitted_at=f"CASE WHEN n % 50 = 9 THEN NULL ELSE {_ago(str(SPAN))} END",
    )  # fmt: skip
    _put(
        "shop_clerk", shops * 3, merchant_id=_id("shop", "n / 3"), member_id=_id("member", "200 + n"),
        post="CASE WHEN n % 3 = 0 THEN 'owner' ELSE 'clerk' END", since=_ago(str(SPAN)),
    )  # fmt: skip
    _put(
        "shop_invitation",
        shops // 10,
        merchant_id=_id("shop", "n * 10"),
        member_id=_id("member", "100 + n"),
        post="'clerk'",
        invited_by=_id("member", "200 + n * 10"),
    )
    _put(
        "offer",
        shops * 3,
        id=_id("offer", "n"),
        merchant_id=_id("shop", "n / 3"),
        name="'理发' || n",
        points="10 + n % 50",
        position="n % 3",
    )
    deeds = shops * 5
    _transfer(
        deeds, "deed", "earn", debit=_account("issued"), credit=_id("shop", f"n % {shops}"), at=_ago(_even(deeds)),
        subject_type="'shop_deed'", subject_id=_id("deed", "n"), rule_id=_id("rule", "29"),
    )  # fmt: skip
    _put(
        "shop_deed",
        shops * 5,
        id=_id("deed", "n"),
        merchant_id=_id("shop", f"n % {shops}"),
        rule_code="'lead'",
        points="20",
        happened_at=_ago(_even(shops * 5)),
        awarded_at=_ago(_even(shops * 5)),
        awarded_by=_id("member", "2 + n % 40"),
        transfer_id=_id("deed", "n"),
    )
    _put(
        "budget_change",
        shops,
        id=_id("past", "n"),
        merchant_id=_id("shop", "n"),
        points="500",
        changed_at=_ago(_even(shops)),
        changed_by=_id("member", "2 + n % 40"),
        transfer_id=_id("other", f"{shops * 5} + n"),
    )
    gifts = min(shops * 50, sizes.transfers // 20)
    _put(
        "shop_gift", gifts, id=_id("gift", "n"), merchant_id=_id("shop", f"n % {shops}"), member_id=_id("member", f"{STAFF} + n * 71 % {sizes.coming - STAFF}"),
        clerk_id=_id("member", f"200 + n % {shops} * 3"), points="2", given_at=_ago(_even(gifts)), local_day=_day(f"{_even(gifts)} / {DAY}"), transfer_id=_id("other", "n"),
    )  # fmt: skip
    _put(
        "conversion_rate",
        60,
        id=_id("rate", "n"),
        merchant_id=f"CASE WHEN n > 0 THEN {_id('shop', f'n * 7 % {shops}')} END",
        cents_per_point="10 + n % 5",
        valid_from=_day("700 - n"),
        created_at=_ago(str(SPAN)),
    )
    months = _months(23)
    count = shops * len(months)
    latest = f"n / {shops} < 1"
    _put(
        "settlement", count, id=_id("settlement", "n"), number="n + 1", merchant_id=_id("shop", f"n % {shops}"), month=_one_of(f"n / {shops}", months),
        state=f"CASE WHEN {latest} THEN 'draft' ELSE 'closed' END", points="300 + n % 500", cents="3000 + n % 500 * 10", drafted_at=_ago("100000"),
        agreed_at=f"CASE WHEN {latest} THEN NULL ELSE {_ago('90000')} END", paid_on=f"CASE WHEN {latest} THEN NULL ELSE {_day('1')} END",
        closed_at=f"CASE WHEN {latest} THEN NULL ELSE {_ago('80000')} END",
    )  # fmt: skip
    lines = sizes.transfers // 20
    _put(
        "settlement_line", lines, transfer_id=_id("pay", "n"), settlement_id=_id("settlement", f"CASE WHEN n % 5 = 0 THEN n / 5 % {len(months)} * {shops} ELSE n % {count} END"), kind="'charge'",
        points="2 + n * 7 % 49", cents="20 + n * 70 % 490", posted_at=_ago(_even(lines)),
    )  # fmt: skip


def _months(count: int) -> list[str]:
    first, found = clock.today().replace(day=1), []
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(f"{first:%Y-%m}")
    return found


def _shop_of_charge(sizes: Sizes, number: str) -> str:
    return _id(
        "shop", f"CASE WHEN {number} % 5 = 0 THEN {SUPERMARKET} ELSE {number} * 31 % {sizes.shops} END"
    )


def _charges(sizes: Sizes) -> None:
    charges = sizes.transfers // 20
    at = _even(charges)
    _put(
        "charge", charges, id=_id("charge", "n"), merchant_id=_shop_of_charge(sizes, "n"), member_id=_id("member", f"{STAFF} + n * 5003 % {sizes.coming - STAFF}"),
        clerk_id=_id("member", f"CASE WHEN n % 5 = 0 THEN 200 ELSE 200 + n * 31 % {sizes.shops} * 3 END"), way=_one_of("n", ("order", "phone", "card", "plate")), points="2 + n * 7 % 49",
        state="'paid'", opened_at=_ago(at), expires_at=_ago(f"{at} - 120"), paid_at=_ago(at), local_day=_day(f"{at} / {DAY}"),
        reservation_id=_id("spend", "n"), payment_id=_id("pay", "n"),
    )  # fmt: skip
    flags = max(1, charges // 100)
    seen = f"n < {flags * 14 // 15}"
    _put(
        "charge_flag", flags, id=_id("flag", "n"), charge_id=_id("charge", "n * 100"), kind="'same_pair'", data="""'{"times": 6}'""", raised_at=_ago(_even(flags)),
        seen_by=f"CASE WHEN {seen} THEN {_id('member', '2')} END", seen_at=f"CASE WHEN {seen} THEN {_ago('100')} END",
    )  # fmt: skip
    _put(
        "untold_payment",
        max(1, charges // 1000),
        charge_id=_id("charge", "n * 1000 + 3"),
        merchant_id=_shop_of_charge(sizes, "(n * 1000 + 3)"),
    )


def _rewards(sizes: Sizes) -> None:
    rewards, redemptions = 300, sizes.transfers // 100
    _put(
        "reward", rewards, id=_id("reward", "n"), number="n + 1", name_zh="'奖品' || n", kind=_one_of("n", ("goods", "security", "service")), points="20 + n",
        stock=f"CASE WHEN n % 5 > 0 THEN n * 7 % 4000 + {redemptions // 50} END", low_stock="CASE WHEN n % 5 > 0 THEN 500 ELSE 0 END", quota_period="'month'",
        voucher_hours="72", status="CASE WHEN n % 10 = 9 THEN 'retired' ELSE 'offered' END", version="1", created_at=_ago(_even(rewards)),
        merchant_id=f"CASE WHEN n % 5 = 0 THEN {_id('shop', f'n % {sizes.shops}')} END",
    )  # fmt: skip
    at, held = _even(redemptions), f"n >= {redemptions - redemptions // 50}"
    _put(
        "redemption", redemptions, id=_id("redemption", "n"), reward_id=_id("reward", f"n % {rewards}"), member_id=_id("member", f"{STAFF} + n * 5009 % {sizes.coming - STAFF}"),
        points="20 + n % 300", state=f"CASE WHEN {held} THEN 'held' ELSE 'used' END", stocked="(n % 5 > 0)", code_digest="'voucher ' || n", reserved_at=_ago(at),
        local_day=_day(f"{at} / {DAY}"), expires_at=_ago(f"{at} - {60 * DAY}"), ended_at=f"CASE WHEN {held} THEN NULL ELSE {_ago(f'{at} - 3600')} END",
        reservation_id=_id("redemption", "n"), finish_id=f"CASE WHEN {held} THEN NULL ELSE {_id('release', 'n')} END",
        handed_over_by=f"CASE WHEN {held} THEN NULL ELSE {_id('member', '2 + n % 40')} END",
    )  # fmt: skip
    _put(
        "stock_movement", redemptions // 2, id=_id("movement", "n"), reward_id=_id("reward", f"n % {rewards}"), sequence=f"1 + n / {rewards}", kind="'received'",
        change="10", stock_after="100", actor_id=_id("member", "2 + n % 40"), moved_at=_ago(_even(redemptions // 2)),
    )  # fmt: skip
    _put(
        "waiting_member",
        max(1, sizes.members // 1000),
        reward_id=_id("reward", f"n % {rewards}"),
        member_id=_id("member", "100 + n"),
        since=_ago("n"),
    )
    _put(
        "favourite",
        max(1, sizes.members // 100),
        member_id=_id("member", "100 + n"),
        reward_id=_id("reward", f"n % {rewards}"),
        since=_ago("n"),
    )


# --- what residents told, and what the desk wrote


def _reports(sizes: Sizes) -> None:
    reports = max(100, sizes.transfers // 50)
    # The last hundredth is still being looked into; half of those are late.
    fresh = f"n >= {reports - reports // 100}"
    state = f"CASE WHEN {fresh} AND n % 4 = 0 THEN 'received' WHEN {fresh} AND n % 4 = 1 THEN 'assigned' WHEN {fresh} THEN 'checked' WHEN n % 100 = 3 THEN 'resolved' ELSE 'closed' END"
    day = f"(({reports} - n - 1) * 730 / {reports})"
    named = "n % 4 > 0"
    _put(
        "report", reports, id=_id("report", "n"), number="10000000 + n", kind=_one_of("n", ("hazard", "dispute", "scam", "suspicious", "rented", "other")), state=state,
        member_id=f"CASE WHEN {named} THEN {_id('member', f'{STAFF} + n * 4801 % {sizes.coming - STAFF}')} END",
        password_digest=f"CASE WHEN {named} THEN NULL ELSE 'password ' || n END", received_on=_day(day),
        received_at=f"CASE WHEN {named} THEN {_ago(f'{day} * {DAY}')} END", area_id=_id("area", f"121 + n % {sizes.areas - 121}"), words="'楼道里堆了杂物，请来看一下'",
        answers="'{}'", handler_id=f"CASE WHEN {fresh} AND n % 4 = 0 THEN NULL ELSE {_id('member', '0 + n % 42')} END", due_on=_day(f"{day} - 2"),
        recheck_on=f"CASE WHEN n % 1000 = 17 THEN {_day('n / 1000 % 20 - 10')} END", closed_on=f"CASE WHEN {state} = 'closed' THEN {_day(day)} END", version="1",
        verdict="'open'",
    )  # fmt: skip
    steps = reports * 3
    _put(
        "report_step", steps, id=_id("step", "n"), report_id=_id("report", "n / 3"), step=_one_of("n", ("assigned", "checked", "closed")),
        actor_id=_id("member", "n % 42"), at=_ago(f"({reports} - n / 3 - 1) * 730 / {reports} * {DAY}"), public_note="'谢谢您，已经安排人去看'",
    )  # fmt: skip
    homes = reports // 2
    _put(
        "rented_home", homes, id=_id("home", "n"), digest="'home ' || n", term="'2026'", area_id=_id("area", f"121 + n % {sizes.areas - 121}"),
        address="'花园小区' || n || '号'", tenants="2", term_from=_day("300"), term_until=_day("-65"), member_id=_id("member", f"{STAFF} + n % {sizes.coming - STAFF}"),
        registered_on=_day(f"({homes} - n - 1) * 730 / {homes}"),
    )  # fmt: skip
    bills = reports
    _put(
        "bill", bills, id=_id("bill", "n"), receipt_digest="'bill ' || n", utility=_one_of("n", ("water", "electricity", "gas")), receipt_number="'R' || n",
        amount_fen="1000 + n % 30000", member_id=_id("member", f"{STAFF} + n * 4801 % {sizes.coming - STAFF}"), taken_by=_id("member", "2 + n % 40"), taken_at=_ago(_even(bills)),
        day=_day(f"{_even(bills)} / {DAY}"),
    )  # fmt: skip
    _put(
        "float_day", 40 * min(731, max(5, sizes.transfers // 200)), coordinator_id=_id("member", "2 + n % 40"), day=_day("1 + n / 40"), bills="5", taken_fen="50000", handed_over_fen="50000",
        reconciled_by=_id("member", "0"), reconciled_at=_ago("n / 40 * 86400"),
    )  # fmt: skip


def _desk(sizes: Sizes) -> None:
    letters, requests, entries = sizes.members // 10, max(200, sizes.transfers // 500), sizes.transfers // 10
    year = clock.today().year
    _put("letter_series", 1, year=str(year), last=str(letters))
    _put(
        "letter", letters, id=_id("letter", "n"), year=str(year), sequence="1 + n", member_id=_id("member", f"{STAFF} + n * 17 % {sizes.coming - STAFF}"), occasion_zh="'热心帮助邻居'",
        occasion_en="'Help'", code_digest="'letter ' || n", issued_by=_id("member", "2 + n % 40"), issued_at=_ago(_even(letters, 300 * DAY)),
    )  # fmt: skip
    waiting = f"n >= {requests - 100}"
    _put(
        "award_request", requests, id=_id("request", "n"), key=_id("request", "n"), member_id=_id("member", f"{STAFF} + n * 19 % {sizes.coming - STAFF}"),
        squad_id=_id("squad", f"n % {sizes.squads}"), rule_id=_id("rule", "29"), happened_at=_ago(_even(requests)), limit_passed="'award'",
        requested_by=_id("member", "2 + n % 20"), requested_at=_ago(_even(requests)), state=f"CASE WHEN {waiting} THEN 'waiting' ELSE 'declined' END",
        decided_by=f"CASE WHEN {waiting} THEN NULL ELSE {_id('member', '22 + n % 20')} END", decided_at=f"CASE WHEN {waiting} THEN NULL ELSE {_ago(_even(requests))} END",
    )  # fmt: skip
    actions = ("member.renamed", "award.withdrawn", "report.step", "card.issued")
    # Ids of entries tell their time: the milliseconds in front.
    at = _even(entries)
    milliseconds = f"({int(clock.now().timestamp())} - {at}) * 1000"
    entry = (
        f"printf('%012x70008000%012x', {milliseconds}, n)"
        if _lite()
        else f"(lpad(to_hex({milliseconds}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid"
    )
    _put(
        "audit_entry", entries, id=entry, at=_ago(at), actor_id=_id("member", "2 + n % 40"), answerable_id=_id("member", "2 + n % 40"), action=_one_of("n", actions),
        subject_type="'member'", subject_id=_id("member", f"{STAFF} + n * 13 % {sizes.coming - STAFF}"), data="'{}'",
    )  # fmt: skip
    _put(
        "audit_link",
        entries - 50,
        number="n + 1",
        entry_id=entry,
        sealed_at=_ago(at),
        digest="'0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'",
    )
    _put(
        "join_code", 300, id=_id("code", "n"), digest="'code ' || n", purpose="CASE WHEN n < 200 THEN 'device' ELSE 'membership' END", label="'设备' || n", permissions="'[]'",
        responsible_id=_id("member", "2 + n % 40"), created_by=_id("member", "0"), created_at=_ago("100"), expires_at=_ago("-100000"),
    )  # fmt: skip
    _put(
        "device", 200, id=_id("device", "n"), name="'设备' || n", permissions="""'["wall.read"]'""", token_digest="'token ' || n", responsible_id=_id("member", "2 + n % 40"),
        join_code_id=_id("code", "n"), enrolled_at=_ago("n"),
    )  # fmt: skip


def _life(sizes: Sizes) -> None:
    """Activities with who came, notices with who has read them."""
    activities, notices = max(50, sizes.transfers // 200), 400
    planned = f"n >= {activities - 40}"
    starts = f"({_even(activities)} - CASE WHEN {planned} THEN {20 * DAY} ELSE 0 END)"
    _put(
        "campaign",
        20,
        id=_id("campaign", "n"),
        name="'行动' || n",
        first_day=_day("n * 30 + 30"),
        made_at=_ago("n"),
    )
    _put(
        "activity", activities, id=_id("activity", "n"), number="n + 1", kind=_one_of("n", ("care", "leaflets", "training")), title="'活动' || n",
        place="'居委会'", squad_id=_id("squad", f"n % {sizes.squads}"), campaign_id=_id("campaign", "n % 20"), starts_at=_ago(starts),
        ends_at=_ago(f"{starts} - 3600"), rule_code="'leaflets'", state=f"CASE WHEN {planned} THEN 'planned' ELSE 'closed' END", version="1",
        leaflets=f"CASE WHEN {planned} THEN 0 ELSE 100 END", made_by=_id("member", "2 + n % 40"), made_at=_ago(_even(activities)),
        ended_by=f"CASE WHEN {planned} THEN NULL ELSE {_id('member', '2')} END", ended_at=f"CASE WHEN {planned} THEN NULL ELSE {_ago(starts)} END",
    )  # fmt: skip
    _put(
        "attendance", activities * 8, id=_id("endorsement", "n"), activity_id=_id("activity", "n / 8"), member_id=_id("member", f"{STAFF} + n * 7 % {sizes.coming - STAFF}"),
        squad_id=_id("squad", f"n % {sizes.squads}"), came_at=_ago(f"({SPAN} - (n / 8 + 1) * {SPAN} / {activities + 1})"), how="'code'", service_minutes="60",
    )  # fmt: skip
    is_open = f"n >= {notices - 12}"
    _put(
        "notice", notices, id=_id("notice", "n"), title_zh="'通知' || n", text_zh="'天冷路滑，请注意安全。'", audience="'everybody'",
        first_day=_day(f"({notices} - n) * 2"), last_day=_day(f"({notices} - n) * 2 - 30"), state=f"CASE WHEN {is_open} THEN 'open' ELSE 'withdrawn' END", version="1",
        written_by=_id("member", "2 + n % 40"), written_at=_ago(_even(notices)), ended_at=f"CASE WHEN {is_open} THEN NULL ELSE {_ago('100')} END",
        ended_by=f"CASE WHEN {is_open} THEN NULL ELSE {_id('member', '2')} END", reason=f"CASE WHEN {is_open} THEN '' ELSE '过期' END",
    )  # fmt: skip
    readers = sizes.members // 5
    _put(
        "notice_reading",
        readers * 3,
        notice_id=_id("notice", f"{notices - 1} - n / {readers}"),
        member_id=_id("member", f"n % {readers} * 3"),
        read_at=_ago("n"),
    )
    applicants = max(1, sizes.members // 2_000)
    _put(
        "endorsement", applicants, id=_id("endorsement", "n"), applicant_id=_id("member", "n * 2000 + 7"), endorser_id=_id("member", "100 + n"), state="'asked'", asked_at=_ago("n"),
        where=f"n * 2000 + 7 >= {STAFF}",
    )  # fmt: skip


def table_sizes() -> Iterable[str]:
    """PostgreSQL: the largest tables with their indexes, for the record."""
    if _lite():
        return []
    query = "SELECT relname, reltuples::bigint, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND reltuples > 100000 ORDER BY pg_total_relation_size(oid) DESC LIMIT 12"
    return [f"{name} {rows:,} rows {size}" for name, rows, size in db.session.execute(sa.text(query))]
