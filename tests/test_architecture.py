"""The plan of the house: which packages know each other, which modules they have, what each kind of module may do."""

import pytest

from tests.support import house
from tests.support.house import Source

MODULES_OF_A_DOMAIN = {
    "__init__",
    "models",
    "rules",
    "errors",
    "service",
    "queries",
    "schemas",
    "api",
    "views",
    "forms",
    "cli",
    "checks",
}

#: Modules beyond those, each with the reason why none of the usual ones will do.
FURTHER_MODULES = {
    "members.admission_errors": "refusals of lists and endorsements: errors.py is as long as one can read",
    "members.merge_errors": "refusals of merges that wait for a second person; errors.py is full",
    "members.merge_models": "the table of merges that wait for a second person; models.py is full",
    "members.admission_models": "tables of lists and endorsements; models.py is as long as one can read",
    "members.merge_schemas": "merges for programs, with their second person; schemas.py is full",
    "members.place_models": "the tables of where squads and areas were before; models.py is full",
    "members.admission_schemas": "lists and endorsements for programs; schemas.py is as long as one can read",
    "members.admission_rules": "lists of members and who may vouch, decided apart from rules.py, which is full",
    "members.name_rules": "how names sound and are typed, decided apart from rules.py, which is full",
    "members.secret_rules": "passwords and PINs, decided apart from rules.py, which one could no longer hold in mind",
    "points.ledger": "the one place that writes transfers, lots and scores; every other package pays through it",
    "points.books": "what a movement does to lots and scores, decided on plain values for the ledger to write",
    "points.recount": "the members' scores counted anew from the ledger, for points.checks",
    "points.triggers": "plain SQL shared by models and migrations: the database itself refuses to change the books",
    "points.leaderboard": "one pure standings function serves page, interface and wall display",
    "points.leaderboard_members": "reads about single members, with a privacy rule of their own",
    "points.words": "movements of points as sentences, shared by pages and interface",
    "points.board_words": "why a squad is fourth, in words that page, interface and wall share",
    "points.award_api": "awards with their batch and their second person; api.py is about tariff and statements",
    "points.board_api": "leaderboards; api.py is about the ledger",
    "points.board_views": "leaderboards; views.py is about the ledger",
    "merchants.checks": "what must hold between charges, settlements and the books; points.checks looks at it",
    "reports.secrets": "numbers, passwords and tokens, which services and queries need alike",
    "rewards.triggers": "plain SQL for the models: the database itself refuses to change the stock journal",
}
#: Further modules that other packages may import.
FURTHER_DOORS = {
    "points.ledger": "later packages move points through `post` and its companions",
    "points.leaderboard_members": "proposals for titles ask what a leader has earned himself",
    "points.leaderboard": "the wall display in alliance/ shows the standings",
    "points.words": "alliance/ tells it who knows the names of shops and rewards",
}
#: The assembler registers blueprints, commands and what `flask points check` looks at, and nobody else does.
FOR_THE_ASSEMBLER = {"api", "views", "cli", "checks"}

CORE_MODULES = {
    "answers": "how the interface answers a request that carries a key",
    "__init__": "says what the package is",
    "audit": "who of the staff did what",
    "auth": "Actor, permissions, marks of views",
    "chain": "the audit log as a chain, apart from audit.py, which every act of staff goes through",
    "clock": "the server's clock and the programme's calendar",
    "codes": "make, sign and parse codes",
    "config": "every setting",
    "db": "engine, transaction, timestamp type, ids",
    "documents": "printed documents as PDF, with their fonts inside",
    "errors": "families of refusals",
    "fields": "marshmallow fields that are as strict as our rules",
    "fixed": "statements of busy paths, put together once",
    "pages": "what pages of every package do alike with forms and refusals",
    "locales": "how dates, times and numbers are written in each language",
    "paging": "keyset paging",
    "pictures": "uploaded pictures, made anew",
    "qr": "draw and read QR pictures, apart from codes because that needs Pillow and a decoder",
    "receipts": "exactly once",
    "refused_heaps": "many refused scans of one code, phone or member, and who has looked at them",
    "refused_scans": "which refused scans were of one code or from one phone, which no receipt knows",
    "scans": "the plain value that the gate hands to domains",
    "seals": "digests of finished days in the audit log, for tables that nobody may change",
    "sheets": "tables for spreadsheets, in which text stays text",
    "sweeps": "runs over many rows of which one may fail",
    "tables": "tables out of files that strangers made, from any place on",
    "texts": "what people write, in one form and within bounds",
    "uploads": "views that take a file",
    "writers": "whose turn it is to write on SQLite, and who shares a commit",
    "workbooks": "workbooks as such tables, apart because reading their XML is a matter of its own",
}
ALLIANCE_MODULES = {
    "__init__": "says what the package is",
    "__main__": "the start command of `make run`",
    "api": "the JSON interface and its document",
    "assets": "built files with content hashes",
    "attended": "who came to activities, as lists for the awards of points",
    "given": "what counts towards the points that one person gives alone in a day, of all packages",
    "audit_pages": "the audit log, of all packages, for those who may read it",
    "cli": "commands that concern the whole house",
    "counter_mode": "what a phone at a shop's counter may do, out of every package",
    "demo": "the demo alliance",
    "desk": "the first page of the desk, with what waits in every package",
    "desk_places": "all places of the desk in groups: its navigation in one table",
    "factory": "create_app",
    "frame": "what every page's frame needs",
    "gate": "kind of code → who handles it",
    "goal_figures": "what has been done towards goals, which know neither rounds nor deeds",
    "heaps": "who may put heaps of refused scans away, and why, which the ground cannot decide",
    "health": "healthz and readyz",
    "honour_proposals": "whom the boards propose for titles, which do not know the boards",
    "hours": "hours of service beside the points",
    "keeper": "what happens by the clock, beside the server",
    "home": "what stands on a member's first page, collected from the packages that know it",
    "languages": "which language a reader sees",
    "ledger_pages": "any transfer of anybody, with the names that several packages know",
    "ledger_words": "a transfer in words, and where it can be undone",
    "login": "the gatekeeper",
    "logs": "structured logs",
    "month_figures": "a month's figures of all packages, reckoned once for page, PDF, workbook and interface",
    "month_pages": "the report for the month",
    "month_words": "a month's figures as tables in words",
    "merging": "two memberships of one person made one, in all packages",
    "messages": "code → sentence",
    "pages": "screens of several domains",
    "personal": "what a deletion of a member's data removes in all packages",
    "personal_tables": "what they keep of a member",
    "personal_words": "the same in words",
    "places": "checkpoints for reports, which do not know patrols",
    "problems": "errors → problem document or page",
    "scan_api": "the same for programs",
    "scan_pages": "refused scans of every kind of code, with the names that several packages know",
    "security": "headers, forgery protection, limits",
    "subjects": "names of shops and rewards for the lines of a statement",
}

WITHOUT_FLASK = {
    "models",
    "rules",
    "secret_rules",
    "name_rules",
    "admission_rules",
    "service",
    "queries",
    "errors",
    "ledger",
    "leaderboard",
    "checks",
    "leaderboard_members",
}


def sources() -> list[Source]:
    return house.package_sources()


def test_imports_flow_one_way():
    assert house.all_findings(house.against_the_arrow(each) for each in sources()) == []


def test_packages_enter_each_other_only_by_the_door():
    findings = (house.past_the_door(each, FURTHER_DOORS, FOR_THE_ASSEMBLER) for each in sources())
    assert house.all_findings(findings) == []


def test_a_newcomer_can_guess_the_module():
    unknown = []
    for each in sources():
        known = {"core": CORE_MODULES, "alliance": ALLIANCE_MODULES}.get(each.package, MODULES_OF_A_DOMAIN)
        if each.module not in known and f"{each.package}.{each.module}" not in FURTHER_MODULES:
            unknown.append(each.path)
    assert unknown == []


def test_no_reason_is_kept_for_a_module_that_is_gone():
    there = {f"{each.package}.{each.module}" for each in sources()}
    listed = {f"core.{name}" for name in CORE_MODULES} | {f"alliance.{name}" for name in ALLIANCE_MODULES}
    assert sorted((listed | set(FURTHER_MODULES) | set(FURTHER_DOORS)) - there) == []


def test_the_domain_does_not_know_the_web_framework():
    inner = [each for each in sources() if each.package in house.DOMAINS and each.module in WITHOUT_FLASK]
    assert house.all_findings(house.imports_flask(each) for each in inner) == []


def test_only_the_ground_commits():
    outside = [each for each in sources() if each.path not in {"core/db.py", "core/writers.py"}]
    assert house.all_findings(house.commits(each) for each in outside) == []


def test_only_the_ground_reads_the_clock():
    outside = [each for each in sources() if each.path != "core/clock.py"]
    assert house.all_findings(house.reads_the_clock(each) for each in outside) == []


def test_nothing_is_imported_inside_a_function():
    everywhere = house.tracked("*.py")
    assert house.all_findings(house.imports_inside_functions(each) for each in everywhere) == []


# --- the checkers see


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/db.py", "from members import queries"),
        ("members/service.py", "import points.ledger"),
        ("patrols/service.py", "from reports.service import tell"),
        ("merchants/service.py", "from rewards import queries"),
        ("points/service.py", "from alliance.messages import problem"),
        ("points/service.py", "from . import rules"),
        ("points/service.py", "def f():\n    import patrols.service"),
        ("points/service.py", "from tests.support import builders"),
    ],
)
def test_an_import_against_the_arrow_is_seen(path, text):
    assert house.against_the_arrow(Source(path, text))


@pytest.mark.parametrize("text", ["import core.db", "from points.service import pay_deed", "import flask"])
def test_an_import_along_the_arrow_is_allowed(text):
    assert house.against_the_arrow(Source("patrols/service.py", text)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("points/service.py", "from members.models import Member"),
        ("points/service.py", "from members import rules"),
        ("points/service.py", "import members.api"),
        ("alliance/pages.py", "from members.models import Member"),
    ],
)
def test_reaching_into_another_package_is_seen(path, text):
    assert house.past_the_door(Source(path, text), {}, FOR_THE_ASSEMBLER)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("points/service.py", "from members import queries"),
        ("points/service.py", "from members.queries import facts"),
        ("points/service.py", "from points.models import Transfer"),
        ("alliance/factory.py", "from members.api import api"),
    ],
)
def test_the_door_is_open(path, text):
    assert house.past_the_door(Source(path, text), {}, FOR_THE_ASSEMBLER) == []


@pytest.mark.parametrize(
    "text", ["from flask import g", "import flask_login", "from werkzeug.exceptions import NotFound"]
)
def test_the_web_framework_is_seen(text):
    assert house.imports_flask(Source("points/rules.py", text))


def test_a_commit_is_seen():
    assert house.commits(Source("points/service.py", "def f():\n    db.session.commit()"))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now(UTC)",
        "import datetime\nx = datetime.datetime.utcnow()",
        "from datetime import datetime as dt\nx = dt.now()",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "from time import time\nx = time()",
        "from datetime import datetime\nfield(default_factory=datetime.now)",
    ],
)
def test_a_read_of_the_clock_is_seen(text):
    assert house.reads_the_clock(Source("points/service.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "from core import clock\nx = clock.now()",
        "import time\ntime.sleep(1)",
        "from datetime import datetime, time\nx = datetime.combine(day, time())",
        "x = clock.today()",
    ],
)
def test_the_programmes_own_clock_is_allowed(text):
    assert house.reads_the_clock(Source("points/service.py", text)) == []


def test_an_import_inside_a_function_is_seen():
    assert house.imports_inside_functions(
        Source("points/service.py", "def f():\n    if x:\n        import json")
    )
