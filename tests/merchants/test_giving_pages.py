"""Giving points at the counter, page by page: a typed number gives nothing before the clerk has said whose it is."""

import re

import pytest

import points.queries
from core.db import new_id
from tests.support import counter_builders as build
from tests.support import members_builders as people
from tests.support import merchants_builders as shops


@pytest.fixture
def street(app, clock):
    counter = build.a_counter(name="小周理发店")
    shops.a_budget(counter.shop, 50)
    return counter


@pytest.fixture
def till(app, street):
    client = app.test_client()
    people.sign_in(client, build.facts(street.clerk))
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/v1/session").json["csrf_token"]
    return client


@pytest.fixture
def give(till, street):
    def send(**fields):
        wish = {"key": str(new_id()), "points": "5", "reason": "理发满五十元", **fields}
        return till.post(f"/counter/{street.shop.id}/give", data=wish)

    return send


def hidden(text):
    """What the confirmation carries from the first step to the second."""
    form = text[text.index('name="confirmed"') - 300 :]
    return dict(re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', form))


def test_the_page_carries_a_live_camera(till, street):
    text = till.get(f"/counter/{street.shop.id}/give").text
    assert "data-code-form" in text
    assert "<video" in text
    assert "code-form" in text[text.index('<script type="module"') :]


@pytest.mark.parametrize("by", ["number", "phone"])
def test_the_clerk_sees_the_masked_name_and_only_then_gives(give, street, by):
    customer = people.member("王小芳")
    code = str(customer.number) if by == "number" else build.phone_code(people.actor(customer)).text
    asked = give(code=code)
    assert asked.status_code == 200
    assert "王*芳" in asked.text
    assert "王小芳" not in asked.text
    assert points.queries.balance(customer.id) == 0
    confirmation = hidden(asked.text)
    done = [give(**confirmation) for _ in range(2)]
    assert done[0].headers["Location"] == f"/counter/{street.shop.id}"
    assert points.queries.balance(customer.id) == 5


def test_a_confirmation_for_somebody_else_gives_nothing(give):
    wang, li = people.member("王小芳"), people.member("李建国")
    confirmation = hidden(give(code=str(wang.number)).text)
    answer = give(**confirmation | {"code": str(li.number)})
    assert answer.status_code == 422
    assert (points.queries.balance(wang.id), points.queries.balance(li.id)) == (0, 0)


@pytest.mark.parametrize("wish", [{"points": "x"}, {"points": "51"}, {"code": "123"}, {"code": ""}])
def test_what_cannot_be_given_is_said_at_the_first_step(give, wish):
    wang = people.member("王小芳")
    answer = give(**{"code": str(wang.number), **wish})
    assert answer.status_code == 422
    assert "王*芳" not in answer.text
