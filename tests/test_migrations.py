"""Tables come and go by migrations on both engines, with the books in them, and match the models."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

import core.clock
import goals.service
import members.queries
import members.service
import merchants.queries
import merchants.service
import patrols.queries
import points.leaderboard
import points.service
import reports.service
from core.auth import SYSTEM
from core.clock import FrozenClock
from core.config import ROOT
from core.db import db, new_id, transaction
from patrols.models import Round, RoundFlag
from tests.conftest import MakeApp
from tests.support import (
    honours_builders,
    members_builders,
    merchants_builders,
    patrols_builders,
    points_builders,
    reports_builders,
    rewards_builders,
    settlement_builders,
)
from tests.support.databases import Databases

MIGRATIONS = str(ROOT / "migrations")


@pytest.fixture
def bare_app(
    make_app: MakeApp, fresh_databases: Databases, engine_name: str, tmp_path: Path
) -> Iterator[Flask]:
    """The application over a database without any table, on each engine."""
    with fresh_databases.empty(engine_name, tmp_path) as address:
        app = make_app(address)
        with app.app_context():
            yield app


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        return compare_metadata(context, db.metadata)


def checks() -> set[tuple[str, str, str]]:
    """Table, name and text of every CHECK: autogenerate does not see them either."""
    inspector = sa.inspect(db.engine)
    return {
        (table, str(check["name"]), " ".join(check["sqltext"].split()))
        for table in db.metadata.tables
        for check in inspector.get_check_constraints(table)
    }


def triggers() -> set[str]:
    """Names of all triggers: autogenerate does not see them, and the ledger relies on them."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[db.engine.dialect.name]
    with db.engine.connect() as connection:
        return set(connection.scalars(sa.text(query)))


def test_history_has_one_end():
    assert len(ScriptDirectory(MIGRATIONS).get_heads()) == 1


def test_models_and_migrations_agree(bare_app: Flask):
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert tables() == set(db.metadata.tables)
    assert differences() == []


def test_models_and_migrations_agree_on_what_the_tables_refuse(bare_app: Flask):
    flask_migrate.upgrade(directory=MIGRATIONS)
    migrated = checks(), triggers()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="base")
    db.create_all()
    made = checks(), triggers()
    assert len(made[0]) > 20
    assert migrated[0] ^ made[0] == set()
    assert migrated[1] == made[1]


def test_a_column_without_migration_is_seen(bare_app: Flask):
    flask_migrate.upgrade(directory=MIGRATIONS)
    with db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE member ADD COLUMN shoe_size integer"))
    assert "shoe_size" in str(differences())


def counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        return {name: connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) for name in tables()}


def books() -> list[tuple[object, ...]]:
    """What must survive anything: every transfer, with its parties and its sum."""
    with db.engine.connect() as connection:
        query = "SELECT id, kind, debit_account_id, credit_account_id, amount FROM transfer ORDER BY id"
        return [tuple(row) for row in connection.execute(sa.text(query))]


def move_squad(squad_id: UUID) -> None:
    """Send a squad into another area, and the area into another station."""
    area = members_builders.area("移动社区", "community", members_builders.area("东湖派出所"))
    found = members.queries.squad(squad_id)
    members.service.change_squad(
        SYSTEM,
        squad_id,
        name=found.name,
        kind=found.kind,
        crest_color=found.crest_color,
        area_id=area,
        founded_on=None,
        motto="",
    )
    elsewhere = members_builders.area("西湖派出所")
    members.service.change_area(SYSTEM, area, name="移动社区", parent_id=elsewhere)


def fill() -> None:
    """Put rows into every corner through the services: people, cards, devices, rounds, awards, refusals."""
    cast = members_builders.cast()
    members_builders.area()
    members_builders.applicant()
    members_builders.card(cast.owner)
    members_builders.device()
    patrols_builders.tariff()
    street = patrols_builders.street(2)
    owner, coordinator = members_builders.actor(cast.owner), members_builders.actor(cast.coordinator)
    for place in (1, 2):
        patrols_builders.visit(owner, street.plate(place))
    patrols_builders.refusal(patrols_builders.visit, owner, street.plate(2))
    award = points.service.award_deed(
        coordinator, key=new_id(), member_id=cast.mate.id, rule_code="care", memo="陪张奶奶看病"
    )
    points_builders.reserve(cast.mate.id, 20)
    gone = rewards_builders.reward(stock=0)
    rewards_builders.reward(stock=5)
    rewards_builders.rewards.service.mark(owner, gone.id)
    rewards_builders.rewards.service.wait_for(owner, gone.id)
    points.service.withdraw_award(
        coordinator, key=new_id(), transfer_id=UUID(award.body["transfer_id"]), reason="记错了人"
    )
    honours_builders.issue(coordinator, cast.owner.id)
    goals.service.set_goal(coordinator, key=new_id(), kind="week_rounds", aim=7, squad_id=cast.squad_id)
    move_squad(cast.squad_id)
    reports_builders.send(owner)
    reports_builders.send(photos=[reports_builders.photo()])
    db.session.remove()


def test_tables_come_and_go_with_the_books_in_them(bare_app: Flask, clock: FrozenClock):
    flask_migrate.upgrade(directory=MIGRATIONS)
    guards = triggers()
    assert guards
    fill()
    assert points_builders.faults() == {}
    db.session.remove()
    before, written = counts(), books()
    assert [
        name for name in ("transfer", "lot", "score", "receipt", "visit", "round_member") if not before[name]
    ] == []
    # The newer ones are undone one by one, with richer books, in test_migrations_walk.py.
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0017")
    for step in ScriptDirectory(MIGRATIONS).walk_revisions(head="0017"):
        flask_migrate.downgrade(directory=MIGRATIONS, revision=step.down_revision or "base")
        left = counts()
        assert left == {name: before[name] for name in left}
        if "transfer" in left:
            assert books() == written
    assert tables() == set()
    assert triggers() == set()
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert differences() == []
    assert triggers() == guards
    fill()
    assert points_builders.faults() == {}


def test_reports_without_a_name_keep_the_neighbourhood_of_their_plate_alone(
    bare_app: Flask, clock: FrozenClock
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    patrols_builders.neighbourhood(3)
    reports_builders.send()
    reports_builders.send(members_builders.actor(members_builders.member("王小芳")))
    db.session.remove()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0024")
    with db.engine.begin() as connection:
        plate = "(SELECT id FROM checkpoint WHERE number = (SELECT MIN(number) FROM checkpoint))"
        name = "(SELECT name FROM checkpoint WHERE number = (SELECT MIN(number) FROM checkpoint))"
        connection.execute(sa.text(f"UPDATE report SET checkpoint_id = {plate}, place = {name}"))
    flask_migrate.upgrade(directory=MIGRATIONS)
    with db.engine.connect() as connection:
        query = (
            "SELECT member_id IS NULL, checkpoint_id IS NULL, area_id IS NULL, place FROM report ORDER BY 1"
        )
        named, unnamed = (tuple(row) for row in connection.execute(sa.text(query)))
    assert named == (False, False, True, "西苑社区0号点")
    assert unnamed == (True, True, False, "")


def sounds() -> dict[str, tuple[str, str]]:
    with db.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT name, name_sound, name_latin FROM member"))
        return {row.name: (row.name_sound, row.name_latin) for row in rows}


def test_names_of_before_are_given_their_sound_and_deleted_ones_are_not(bare_app: Flask, clock: FrozenClock):
    flask_migrate.upgrade(directory=MIGRATIONS)
    for name in ("张伟", "章玮", "单志刚", "Anna Li"):
        members_builders.member(name)
    gone = members_builders.member("李梅")
    members.service.erase(members_builders.staff("administrator"), gone.id, "本人要求")
    before = sounds()
    assert before["张伟"] == ("wz wei zhang", "zhangwei")
    db.session.remove()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0032")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert sounds() == before
    assert len({sound for sound, _latin in before.values()}) == 5  # two share one, whoever is gone has none


def rule_categories() -> dict[str, str]:
    with db.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT code, category FROM tariff_rule"))
        return {row.code: row.category for row in rows}


def pay_shop(shop: UUID, rule_code: str) -> None:
    with transaction():
        points.service.pay_shop_deed(
            SYSTEM,
            key=new_id(),
            merchant_id=shop,
            rule_code=rule_code,
            happened_at=core.clock.now(),
            subject_id=None,
        )
    db.session.remove()


def test_what_shops_have_earned_survives_the_way_back_and_forth(bare_app: Flask, clock: FrozenClock):
    flask_migrate.upgrade(directory=MIGRATIONS)
    points.service.install_tariff()
    own = points_builders.tariff_rule(category="shop").code
    shop = new_id()
    for code in ("shop_help", own):
        pay_shop(shop, code)
    written, categories = books(), rule_categories()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0006")
    assert books() == written
    assert {each for code, each in rule_categories().items() if categories[code] == "shop"} == {"other"}
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert books() == written
    assert rule_categories() == categories
    pay_shop(shop, "shop_notice")
    assert points_builders.faults() == {}


def test_what_was_entered_by_hand_is_counted_for_the_squads_that_are_there(
    bare_app: Flask, clock: FrozenClock
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    points.service.install_tariff()
    officer, member = members_builders.staff(), members_builders.member(squad_id=members_builders.squad())
    given = [
        points.service.award_deed(officer, key=new_id(), member_id=member.id, rule_code="lead")
        for _ in range(3)
    ]
    points.service.withdraw_award(
        officer, key=new_id(), transfer_id=UUID(given[0].body["transfer_id"]), reason="重复"
    )
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0028")
    flask_migrate.upgrade(directory=MIGRATIONS)
    (entered,) = points.leaderboard.squad_board("week", "total").by_hand.values()
    assert entered == 2
    assert points_builders.faults() == {}


def test_the_books_stay_insert_only_and_whole_when_their_constraints_change(
    bare_app: Flask, clock: FrozenClock
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    points_builders.earn(new_id(), 5)
    db.session.remove()
    for step in (flask_migrate.downgrade, flask_migrate.upgrade):
        step(directory=MIGRATIONS, revision="0006" if step is flask_migrate.downgrade else "head")
        for act in ("UPDATE transfer SET amount = 6", "DELETE FROM transfer"):
            with pytest.raises(sa.exc.IntegrityError, match="insert-only"), db.engine.begin() as connection:
                connection.execute(sa.text(act))
        if db.engine.dialect.name == "sqlite":
            with db.engine.connect() as connection:
                assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


def test_the_way_back_is_refused_once_a_budget_was_granted(
    bare_app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    with transaction():
        points.service.grant_budget(SYSTEM, key=new_id(), merchant_id=new_id(), points=100)
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    with pytest.raises(SystemExit):
        flask_migrate.downgrade(directory=MIGRATIONS, revision="0006")
    assert "budgets were granted" in caplog.text
    assert (counts(), books(), triggers(), checks()) == before
    assert points_builders.faults() == {}


def test_what_waits_for_a_second_coordinator_goes_with_its_table_and_shops_can_pay_back_after_it(
    bare_app: Flask, clock: FrozenClock
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    shop, desk = merchants_builders.a_shop(), members_builders.staff()
    for amount in (100, 900):
        merchants.service.grant_shop_budget(
            desk, key=new_id(), merchant_id=shop.id, points=amount, reason="店庆"
        )
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0035")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert before[0]["budget_request"] == 1
    assert (counts(), books(), triggers(), checks()) == (before[0] | {"budget_request": 0}, *before[1:])
    with transaction():
        points.service.pay_back(SYSTEM, key=new_id(), merchant_id=shop.id, points=5)
    db.session.remove()


def test_what_a_till_was_short_of_is_the_same_before_and_after_openings_are_known(
    bare_app: Flask, clock: FrozenClock
):
    def short() -> tuple[object, ...]:
        with db.engine.connect() as connection:
            query = "SELECT handed_over_fen - taken_fen, difference_fen, bills FROM float_day"
            return tuple(connection.execute(sa.text(query)).one())

    flask_migrate.upgrade(directory=MIGRATIONS)
    desk = members_builders.staff()
    reports.service.open_float(desk, key=new_id(), opening_fen=500)
    closing = {"handed_over_fen": 100, "counted_fen": 330, "note": "少了"}
    reports.service.reconcile_float(desk, key=new_id(), **closing)
    db.session.remove()
    before = checks(), triggers()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0037")
    assert short() == (-70, -70, 0)
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert short() == (-70, -70, 0)
    assert (checks(), triggers()) == before


def test_the_way_back_is_refused_once_a_reward_was_redeemed(
    bare_app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    rewards_builders.voucher(rewards_builders.member(), rewards_builders.reward())
    db.session.remove()
    before = counts(), books()
    with pytest.raises(SystemExit):
        flask_migrate.downgrade(directory=MIGRATIONS, revision="0008")
    assert "rewards were redeemed" in caplog.text
    assert (counts(), books()) == before
    assert points_builders.faults() == {}


def test_the_way_back_is_refused_once_a_shop_has_paid_back(
    bare_app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    _shop, statement = settlement_builders.left_owing(clock)
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0034")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert (counts(), books(), triggers(), checks()) == before, "what is only owed does not hinder"
    merchants.service.pay_back(
        members_builders.staff(),
        key=new_id(),
        settlement_id=statement.id,
        paid_on=core.clock.today(),
        reference="收据 17",
    )
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    assert "payback" in {line[1] for line in before[1]}
    with pytest.raises(SystemExit):
        flask_migrate.downgrade(directory=MIGRATIONS, revision="0034")
    assert "shops have paid back" in caplog.text
    assert (counts(), books(), triggers(), checks()) == before
    assert points_builders.faults() == {}


def test_grants_that_wait_stay_when_awards_to_shops_wait_no_more(bare_app: Flask, clock: FrozenClock):
    flask_migrate.upgrade(directory=MIGRATIONS)
    shop, desk = merchants_builders.a_shop(), members_builders.staff()
    hero = points_builders.tariff_rule(category="shop", points=300).code
    grant = new_id()
    merchants.service.grant_shop_budget(desk, key=grant, merchant_id=shop.id, points=900, reason="店庆")
    for key in (agreed := new_id(), new_id()):
        merchants.service.award_shop(desk, key=key, merchant_id=shop.id, rule_code=hero)
    merchants.service.agree_to_request(members_builders.staff(), key=new_id(), request_id=agreed)
    db.session.remove()
    written, refused = books(), checks()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0040")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert (books(), checks(), differences()) == (written, refused, [])
    (line,) = merchants.queries.shop_requests().items
    assert (line.id, line.points, line.rule_code) == (grant, 900, None)
    merchants.service.agree_to_request(members_builders.staff(), key=new_id(), request_id=grant)


def test_the_way_back_is_refused_once_a_reward_was_taken_back(
    bare_app: Flask, clock: FrozenClock, caplog: pytest.LogCaptureFixture
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    desk = rewards_builders.desk()
    redemption_id, code = rewards_builders.voucher(rewards_builders.member(), rewards_builders.reward())
    rewards_builders.hand_over(desk, code)
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0043")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert (counts(), books(), triggers(), checks()) == before
    rewards_builders.take_back(desk, redemption_id, to_stock=True)
    db.session.remove()
    before = counts(), books(), triggers(), checks()
    with pytest.raises(SystemExit):
        flask_migrate.downgrade(directory=MIGRATIONS, revision="0043")
    assert "rewards were taken back" in caplog.text
    assert (counts(), books(), triggers(), checks()) == before
    assert points_builders.faults() == {}


def test_rounds_that_paid_twice_before_anybody_asked_are_flagged_and_left_as_they_are(
    bare_app: Flask, clock: FrozenClock
):
    flask_migrate.upgrade(directory=MIGRATIONS)
    patrols_builders.tariff()
    walker, start = patrols_builders.person(), clock.now()
    streets = [patrols_builders.street(2, name=name) for name in ("前街", "后街")]
    clock.tick(minutes=30)
    for street in streets:
        for place in (1, 2):
            at = start + patrols_builders.timedelta(minutes=9 * place)
            later = patrols_builders.queued_visit(walker, street.plate(place), at)["round_id"]
    patrols_builders.judge(patrols_builders.coordinator(), later)
    with transaction():
        db.session.execute(sa.delete(RoundFlag))
        db.session.execute(sa.update(Round).values(judged_by=None, judged_at=None))
    assert list(points_builders.faults()) == ["nobody is paid for two rounds at once without a look"]
    db.session.remove()
    before = counts()
    flask_migrate.downgrade(directory=MIGRATIONS, revision="0041")
    flask_migrate.upgrade(directory=MIGRATIONS)
    assert points_builders.faults() == {}
    (flag,) = db.session.scalars(sa.select(RoundFlag))
    (found,) = patrols.queries.round_for(SYSTEM, flag.round_id).flags
    assert found.other is not None
    assert found.other.id != flag.round_id
    db.session.remove()
    assert {**before, "round_flag": 1} == counts()
