"""`flask merchants settle`: once a month, by a clock or by hand, and twice is as good as once."""

import os
import subprocess
import sys

import pytest

from core.clock import frozen
from core.config import ROOT
from points import checks
from tests.conftest import settings_for
from tests.support import merchants_builders as shops
from tests.support import settlement_builders as month


@pytest.fixture
def october(app, clock):
    month.rate(10)
    with month.on(clock, "2026-10-15T12:00"):
        month.take(shops.a_shop(), month.payer(), 30)


def test_the_command_says_what_it_made(october, cli):
    first = cli.invoke(args=["merchants", "settle", "--month", "2026-10"])
    assert first.exit_code == 0
    assert first.output == "2026-10: 1 statements made, 1 in all, 30 points, ¥3.00\n"
    again = cli.invoke(args=["merchants", "settle", "--month", "2026-10"])
    assert again.exit_code == 0
    assert "0 statements made, 1 in all" in again.output


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("2026-11", "month_open"),
        ("2027-01", "month_future"),
        ("oct", "month_invalid"),
        ("2026-13", "month_invalid"),
    ],
)
def test_the_command_fails_by_the_refusals_code(october, cli, asked, code):
    answer = cli.invoke(args=["merchants", "settle", "--month", asked])
    assert answer.exit_code == 1
    assert code in answer.output
    assert month.count() == 0


def test_two_processes_at_once_settle_a_month_once(make_app, engine_url, tmp_path):
    app = make_app(engine_url)
    with app.app_context(), frozen(month.at("2025-10-15T12:00")):
        month.rate(10, "2025-01-01")
        for _ in range(3):
            month.take(shops.a_shop(), month.payer(), 30)
    settings = settings_for(engine_url, tmp_path)
    environment = os.environ | {
        f"ALLIANCE_{name.upper()}": str(getattr(settings, name))
        for name in ("environment", "database_url", "instance", "base_url", "log_level")
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "merchants", "settle", "--month", "2025-10"]
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    told = sorted(each.communicate(timeout=100)[0].strip().splitlines()[-1] for each in running)
    assert [each.returncode for each in running] == [0, 0], told
    assert told == [
        "2025-10: 0 statements made, 3 in all, 90 points, ¥9.00",
        "2025-10: 3 statements made, 3 in all, 90 points, ¥9.00",
    ]
    with app.app_context():
        assert month.count() == 3
        assert [each for each in checks.run() if each.faults and "settle" in each.name] == []
