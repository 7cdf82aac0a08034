"""However many rows there are, a list of the desk asks the database only so often."""

from sqlalchemy import event

import members.queries
from bench import desk_data, desk_routes
from core.db import db
from tests.support import members_builders as people

#: The first page of the desk, on which everything comes together, needs most of them: one for each kind of goal, too.
MOST_STATEMENTS = 35
#: So many that every list has a page full.
SIZES = desk_data.Sizes(members=2_000, transfers=10_000)


def test_every_list_of_the_desk_has_a_full_page_and_asks_no_statement_for_each_row(app):
    desk_data.fill(SIZES)
    client = app.test_client()
    people.sign_in(client, members.queries.facts(desk_data.identifier("member", desk_data.ADMINISTRATOR)))
    count, found = [0], {}

    def counted(*_):
        count[0] += 1

    event.listen(db.engine, "before_cursor_execute", counted)
    try:
        for question in desk_routes.first_pages(app):
            if not question.paper:
                count[0] = 0
                answer = client.get(question.address)
                assert answer.status_code < 500, (question.address, answer.text[:500])
                found[question.rule] = count[0]
    finally:
        event.remove(db.engine, "before_cursor_execute", counted)
    assert len(found) > 100
    assert {rule: number for rule, number in found.items() if number > MOST_STATEMENTS} == {}
