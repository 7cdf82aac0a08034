"""What a reward is offered on is read at the desk by whoever looks, not only by those who change it."""

import members.queries
import members.service
from tests.support import members_builders
from tests.support import rewards_builders as build


def test_an_auditor_reads_the_terms_of_a_reward(app, clock):
    reward = build.reward(
        points=30, stock=5, quota=2, quota_period="year", voucher_hours=48, about_zh="纯棉毛巾"
    )
    auditor, client = members_builders.staff("auditor"), app.test_client()
    members_builders.sign_in(client, members.queries.facts(auditor.id))
    members.service.change_settings(auditor, language="en")
    text = client.get(f"/desk/rewards/{reward.id}").text
    for told in ("Terms", "2 a year for each member", "2 days", "纯棉毛巾"):
        assert told in text
    assert "/edit" not in text
