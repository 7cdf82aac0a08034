"""A reward that was handed over by mistake is taken back on its page; both sides read why. Without script."""

import re

import pytest

import members.queries
import members.service
from core.db import new_id
from tests.support import members_builders
from tests.support import rewards_builders as build


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def send(client, path, **fields):
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/rewards").text)[1]
    return client.post(path, data=fields | {"csrf_token": token}, follow_redirects=True)


@pytest.fixture
def browser_of(app, clock):
    def open_one(actor):
        client = app.test_client()
        members_builders.sign_in(client, members.queries.facts(actor.id))
        members.service.change_settings(actor, language="en")
        return client

    return open_one


@pytest.fixture
def alarm(app, clock):
    """A door alarm that somebody of the desk has handed over."""
    wang, desk, alarm = (
        build.member(),
        build.desk(),
        build.reward("门磁报警器", name_en="Door alarm", points=30),
    )
    redemption_id, text = build.voucher(wang, alarm)
    build.hand_over(desk, text)
    return {"member": wang, "desk": desk, "id": redemption_id, "reward": alarm}


def test_a_wrong_article_goes_back_from_the_list_to_the_shelf(browser_of, alarm, clock):
    desk, member = browser_of(build.desk("何平")), browser_of(alarm["member"])
    here = f"/desk/redemptions/{alarm['id']}"
    assert here in page(desk, "/desk/redemptions")
    assert here in page(desk, f"/desk/members/{alarm['member'].id}")
    assert here in page(desk, f"/desk/redemptions?member={alarm['member'].id}")
    assert here not in page(desk, f"/desk/redemptions?member={alarm['desk'].id}")
    assert f'href="{here}/return"' in page(desk, here)
    assert "Door alarm" in page(desk, f"{here}/return")
    key = str(new_id())
    told = send(desk, f"{here}/return", key=key, reason="", to_stock="y").text
    assert "A reason is missing" in told
    told = send(desk, f"{here}/return", key=key, reason="The bell is dumb", to_stock="y").text
    assert "The member has his 30 points again. The piece is on the shelf again." in told
    again = send(desk, f"{here}/return", key=str(new_id()), reason="The bell is dumb").text
    assert "was taken back on" in again
    assert f"{here}/return" not in page(desk, here)
    assert "The bell is dumb" in page(desk, "/desk/redemptions?list=returned")
    assert f'href="{here}"' in page(desk, f"/desk/rewards/{alarm['reward'].id}")
    assert build.facts(alarm["reward"].id).stock == 5
    for path in ("/", f"/vouchers/{alarm['id']}", "/me/statement"):
        assert "The bell is dumb" in page(member, path)
    assert "Taken back" in page(member, "/vouchers?list=past")
    clock.tick(days=15)
    assert "The bell is dumb" not in page(browser_of(alarm["member"]), "/")


def test_the_ledger_leads_to_it_and_an_auditor_reads_it_and_finds_no_button(browser_of, alarm):
    auditor = browser_of(build.member("孙审计", "auditor"))
    reservation = build.records.slip(alarm["id"], lock=False).reservation_id
    here = f"/desk/redemptions/{alarm['id']}"
    assert f'href="{here}"' in page(auditor, f"/desk/ledger/{reservation}")
    assert "/return" not in page(auditor, here)
    assert auditor.get(f"{here}/return").status_code == 403


def test_an_open_voucher_has_nothing_to_take_back(browser_of, alarm, clock):
    waiting, _ = build.voucher(alarm["member"], alarm["reward"])
    desk = browser_of(alarm["desk"])
    here = f"/desk/redemptions/{waiting}"
    assert "It waits to be fetched: 3 days left" in page(desk, here)
    assert desk.get(f"{here}/return").headers["Location"] == here
    refused = send(desk, f"{here}/return", key=str(new_id()), reason="x")
    assert "Call it off instead" in refused.text
    clock.tick(hours=72)
    assert "Ran out" in page(browser_of(alarm["desk"]), here)
