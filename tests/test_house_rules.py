"""Rules of the house about code, routes, words and files. The checkers stand in tests/support/house.py."""

import re
import tomllib
from dataclasses import fields

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.routing import IntegerConverter

from alliance import messages
from core.auth import public, requires
from core.config import ROOT, Settings
from core.errors import DomainError
from core.locales import in_language
from members import rules as member_rules
from tests.support import house
from tests.support.house import Source

CHINESE = ROOT / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"

#: Views that anybody may open without being signed in, each with its reason.
PUBLIC_VIEWS = {
    "points_pages.awards_by_hand": "what was entered by hand is there for everybody to see, without names",
    "activities_pages.screen": "an empty frame until the screen at the door shows its token",
    "health.alive": "asked by the machine that restarts the service",
    "health.ready": "asked by the machine that sends it visitors",
    "interface.openapi": "what can be asked is no secret",
    "interface.readable": "the same for people",
    "letters.get_check": "as honours_pages.check",
    "members.delete_session": "signing out needs no session to be left",
    "members.get_session": "says that nobody is signed in, and gives the token for signing in",
    "members.post_application": "people apply before they are members",
    "members.post_device": "a device has nothing but its join code before it is enrolled",
    "members.post_presence": "any device, whatever it is enrolled for; the view refuses everybody else",
    "members.post_session": "signing in",
    "members.post_session_code": "signing in with a code",
    "members_pages.ask_for_code": "signing in with a code",
    "members_pages.claim": "whoever takes his account over has no sign-in yet",
    "members_pages.enter_code": "signing in with a code",
    "members_pages.join": "people apply before they are members",
    "members_pages.joined": "people apply before they are members",
    "members_pages.privacy": "who thinks of joining reads first what is kept about members",
    "members_pages.outbox": "messages that were not sent, outside production only",
    "members_pages.post_ask_for_code": "signing in with a code",
    "members_pages.post_claim": "whoever takes his account over has no sign-in yet",
    "members_pages.post_enter_code": "signing in with a code",
    "members_pages.post_join": "people apply before they are members",
    "members_pages.post_sign_in": "signing in",
    "members_pages.post_take_over": "whoever takes his account over has no sign-in yet",
    "members_pages.sign_in": "signing in",
    "members_pages.sign_out": "signing out needs no session to be left",
    "members_pages.take_over": "whoever takes his account over has no sign-in yet",
    "honours_pages.check": "whoever is shown a letter may ask whether it is genuine",
    "leaderboard_pages.wall": "an empty frame until the screen on the wall shows its token",
    "reports_pages.follow": "who reports without a name has no sign-in",
    "reports_pages.followed": "who reports without a name has no sign-in",
    "reports_pages.gate": "people report before they are members, and without a name",
    "reports_pages.kinds": "people report before they are members, and without a name",
    "reports_pages.send": "people report before they are members, and without a name",
    "reports_pages.tell": "people report before they are members, and without a name",
    "reports_pages.token": "who reports without a name has no sign-in",
    "pages.first_page": "greets strangers and members alike",
    "pages.offline": "kept on the phone for when there is no network",
    "pages.opened_code": "a phone's camera opens it before anybody has signed in",
    "pages.opened_fragment": "as opened_code, for codes that the server must not see in its log",
    "pages.service_worker": "keeps the offline page",
    "reports.get_kinds": "what can be reported is no secret",
    "reports.post_follow": "a report without a name is followed by number and password",
    "reports.post_follow_token": "as post_follow",
    "reports.post_report": "reports without a name come from anybody; by name the service asks for the right",
    "pages.styleguide": "parts of pages with made-up content, in development only",
}


# --- size and shape of code


def test_functions_can_be_held_in_mind():
    assert (
        house.all_findings(
            house.long_functions(each) for each in house.tracked("*.py") if not _generated(each)
        )
        == []
    )


def test_files_can_be_held_in_mind():
    written = house.tracked("*.py", "*.js", "*.mjs", "*.css", "*.html")
    assert house.all_findings(house.long_file(each) for each in written if not _generated(each)) == []


def test_everything_public_says_what_it_means():
    assert house.all_findings(house.without_docstring(each) for each in house.package_sources()) == []


def _generated(source: Source) -> bool:
    return source.path.startswith("migrations/versions/")


def test_every_exception_from_a_check_has_its_reason():
    written = [each for each in house.tracked("*.py", "*.html") if each.path != "tests/support/house.py"]
    findings = [
        house.unreasoned_exceptions(each) for each in written if each.path != "tests/test_house_rules.py"
    ]
    findings += [house.unreasoned_settings(each) for each in house.tracked("pyproject.toml")]
    assert house.all_findings(findings) == []


def test_every_overridden_type_check_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    overrides = text.split("[[tool.mypy.overrides]]")[1:]
    assert overrides
    assert [each for each in overrides if not re.match(r"\n#", each)] == []
    assert len(tomllib.loads(text)["tool"]["mypy"]["overrides"]) == len(overrides)


# --- routes


def faulty_marks(app: Flask) -> list[str]:
    """Views without a mark, with a permission that no role has, or open without standing on the list."""
    findings = []
    for rule in app.url_map.iter_rules():
        if rule.build_only:  # an address to write into pages; whitenoise answers it before any view
            continue
        permission = getattr(app.view_functions[rule.endpoint], "required_permission", "unmarked")
        if rule.endpoint in PUBLIC_VIEWS:
            if permission is not None:
                findings.append(f"{rule.endpoint} is listed as public but needs {permission}")
        elif permission is None:
            findings.append(f"{rule.endpoint} ({rule}) is public and not on the list")
        elif permission not in member_rules.PERMISSIONS:
            findings.append(f"{rule.endpoint} ({rule}) names no known permission: {permission}")
    return findings


def test_every_route_names_a_permission_or_is_public_on_purpose(app: Flask):
    assert faulty_marks(app) == []


def test_a_view_without_a_known_mark_is_seen(app: Flask):
    app.add_url_rule("/unmarked", "unmarked", lambda: "")
    app.add_url_rule("/open", "open", public(lambda: ""))
    app.add_url_rule("/misspelt", "misspelt", requires("member.raed")(lambda: ""))
    assert len(faulty_marks(app)) == 3


def test_numbers_in_addresses_are_such_as_a_column_can_hold(app: Flask):
    limits = {
        str(rule): converter.max
        for rule in app.url_map.iter_rules()
        for converter in rule._converters.values()
        if isinstance(converter, IntegerConverter)
    }
    assert limits
    assert {rule for rule, most in limits.items() if most is None or most > 2**31 - 1} == set()


def test_no_view_is_listed_as_public_that_is_gone(app: Flask):
    assert sorted(set(PUBLIC_VIEWS) - set(app.view_functions)) == []


# --- settings, refusals, words


def test_every_setting_is_documented_for_the_people_who_run_the_service():
    text = (ROOT / "docs" / "settings.md").read_text()
    names = {f"ALLIANCE_{each.name.upper()}" for each in fields(Settings)}
    assert sorted(names - set(re.findall(r"ALLIANCE_[A-Z0-9_]+", text))) == []
    assert sorted(set(re.findall(r"`(ALLIANCE_[A-Z0-9_]+)`", text)) - names) == []


def refusals() -> list[type[DomainError]]:
    """All refusals of the house, found through the application's imports."""

    def below(kind: type[DomainError]) -> list[type[DomainError]]:
        return [each for child in kind.__subclasses__() for each in (child, *below(child))]

    return [
        each for each in (DomainError, *below(DomainError)) if each.__module__.split(".")[0] in house.PACKAGES
    ]


def test_every_refusal_has_a_code_of_its_own(app: Flask):
    by_code: dict[str, list[str]] = {}
    for kind in refusals():
        if not kind.__dict__.get("stored", False):
            by_code.setdefault(kind.code, []).append(f"{kind.__module__}.{kind.__qualname__}")
    assert {code: kinds for code, kinds in by_code.items() if len(set(kinds)) > 1} == {}


def test_codes_are_words_that_clients_can_rely_on(app: Flask):
    assert [kind.code for kind in refusals() if not re.fullmatch(r"[a-z][a-z0-9_]{2,59}", kind.code)] == []


@pytest.mark.parametrize("language", ["en", "zh_Hans_CN"])
def test_every_refusal_is_told_and_followed_by_a_remedy(app: Flask, language):
    untold = sorted({kind.code for kind in refusals()} - set(messages.PROBLEMS))
    assert untold == []
    with app.test_request_context(), in_language(language):
        for code in messages.PROBLEMS:
            sentence = messages.problem(code, {})
            assert sentence.what.strip(), code
            assert sentence.remedy.strip(), code
            if language != "en":
                assert re.search(r"[\u4e00-\u9fff]", sentence.what), (
                    f"{code} is not told in Chinese: {sentence.what}"
                )
                assert re.search(r"[\u4e00-\u9fff]", sentence.remedy), f"{code} has no remedy in Chinese"


def sentences() -> set[str | tuple[str, ...]]:
    """Every sentence of code and templates that a reader may see."""
    folders = [*(name for name in house.PACKAGES if (ROOT / name).is_dir()), "templates"]
    found: set[str | tuple[str, ...]] = set()
    for folder in folders:
        method_map = [("**.py", "python"), ("**.html", "jinja2")]
        options = {"**.html": {"trimmed": "true"}}
        keywords = {"_": None, "_lazy": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
        keywords |= {"lazy_ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
        for _, _, message, _, _ in extract_from_dir(str(ROOT / folder), method_map, options, keywords):
            found.add(message)
    return found


def test_every_sentence_is_also_there_in_chinese():
    with CHINESE.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    missing = []
    for sentence in sentences():
        singular = sentence if isinstance(sentence, str) else sentence[0]
        entry = catalogue.get(singular)
        texts = (
            [] if entry is None else [entry.string] if isinstance(entry.string, str) else list(entry.string)
        )
        if not texts or not all(texts):
            missing.append(singular)
    assert sorted(missing) == []


def test_translations_are_sure_of_themselves_and_keep_their_blanks():
    with CHINESE.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    blanks = re.compile(r"%\((\w+)\)")
    findings = []
    for entry in catalogue:
        if not entry.id:
            continue
        originals = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        translations = [entry.string] if isinstance(entry.string, str) else list(entry.string)
        if entry.fuzzy:
            findings.append(f"unsure: {originals[0]}")
        offered = set(blanks.findall(" ".join(originals)))
        findings += [
            f"blanks that nobody fills in: {text}"
            for text in translations
            if not set(blanks.findall(text)) <= offered
        ]
    assert findings == []


# --- pages


def test_no_page_loads_anything_from_another_host():
    pages = house.tracked("*.html", "*.svg", "frontend/*.css", "frontend/*.js", "frontend/*.mjs")
    assert house.all_findings(house.loads_from_elsewhere(each) for each in pages) == []


def test_no_page_carries_code_that_the_content_policy_forbids():
    assert house.all_findings(house.inline_code(each) for each in house.tracked("*.html")) == []


# --- files


def test_the_repository_speaks_only_of_itself():
    everything = [
        each for each in house.tracked() if not each.path.endswith((".png", ".jpg", ".ico", ".mp3", ".ogg"))
    ]
    assert len(everything) > 20
    assert house.all_findings(house.must_not_be_committed(each) for each in everything) == []


def test_lock_files_pin_everything_by_hash():
    for name in ("requirements.lock", "requirements-dev.lock"):
        entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert entries
        assert [each for each in entries if "==" not in each or "--hash=sha256:" not in each] == [], name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_the_read_me_names_both_commands():
    text = (ROOT / "README.md").read_text()
    assert "make run" in text
    assert "make test" in text


# --- the checkers see


def test_a_long_function_is_seen():
    body = "\n".join("    x = 1" for _ in range(60))
    assert house.long_functions(Source("points/service.py", f"def f():\n{body}"))
    assert house.long_functions(Source("points/service.py", f"def f():\n{body[10:]}")) == []


def test_a_long_file_is_seen():
    assert house.long_file(Source("points/service.py", "x = 1\n" * 501))
    assert house.long_file(Source("points/service.py", "x = 1\n" * 500)) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        '"""A module."""\n\ndef f():\n    pass',
        '"""A module."""\n\nclass A:\n    """A class."""\n\n    def b(self):\n        pass',
        '"""A module."""\n\nclass A:\n    x = 1',
    ],
)
def test_a_missing_docstring_is_seen(text):
    assert house.without_docstring(Source("points/service.py", text))


def test_private_helpers_may_be_silent():
    text = '"""A module."""\n\ndef _f():\n    pass\n\nclass _A:\n    def b(self):\n        pass'
    assert house.without_docstring(Source("points/service.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: F401",
        "x = y  # type: ignore",
        "x = y  # type: ignore[attr-defined]",
        "# ruff: noqa",
        "if x:  # pragma: no cover",
        "{# djlint:off #}",
    ],
)
def test_an_exception_without_reason_is_seen(text):
    assert house.unreasoned_exceptions(Source("points/service.py", text))


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # noqa: PLW0603 - one clock per process is the point",
        "x = y  # type: ignore[attr-defined] # a view carries its own mark",
    ],
)
def test_an_exception_with_its_reason_is_allowed(text):
    assert house.unreasoned_exceptions(Source("points/service.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        'ignore = ["E501"]',
        'ignore = [\n    "E501",\n]',
        '"tests/**" = [\n    "S",      # fixed passwords\n    "D1",\n]',
        'filterwarnings = [\n    "error",\n    "ignore::DeprecationWarning",\n]',
    ],
)
def test_a_switched_off_check_without_reason_is_seen(text):
    assert house.unreasoned_settings(Source("pyproject.toml", text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/a.md", "look into /wor" + "k/main"),
        ("docs/a.md", "written to /tm" + "p/x"),
        ("requirements.lock", "--index-url https://pyp" + "i.org/simple"),
        ("static/dist/app.js", ""),
        ("static/htmx.min.js", ""),
        ("static/font.woff2", ""),
    ],
)
def test_what_must_not_be_committed_is_seen(path, text):
    assert house.must_not_be_committed(Source(path, text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.html", '<script src="https://example.org/a.js"></script>'),
        ("a.html", "<img src='//example.org/a.png'>"),
        ("a.css", "body { background: url(https://example.org/a.png) }"),
        ("a.js", 'fetch("https://example.org")'),
    ],
)
def test_another_host_is_seen(path, text):
    assert house.loads_from_elsewhere(Source(path, text))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_code_in_a_page_is_seen(text):
    assert house.inline_code(Source("templates/a.html", text))


def test_a_page_of_the_house_is_allowed():
    text = '<script type="module" src="{{ asset(\'scan.js\') }}"></script><button data-on="x">Go</button>'
    assert house.inline_code(Source("templates/a.html", text)) == []
    assert house.loads_from_elsewhere(Source("templates/a.html", text)) == []
