"""What the log tells about people: no telephone, no code, no token, however it is written and wherever it stands."""

import json
import logging
from uuid import UUID

import pytest

from alliance import logs
from core.config import Settings

TOKEN = "alliance_Zk3v-9QwErTyUiOpAsDfGhJkLzXcVbNm_1234567890a"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("call 13800138000 now", "call [number] now"),
        ("电话13800138000。", "电话[number]。"),
        ("+8613800138000", "[number]"),
        ("138 0013 8000", "[number]"),
        ("138-0013-8000", "[number]"),
        ("(0755) 8899-1234", "([number]"),
        ("１３８００１３８０００", "[number]"),
        ("phone=13800138000&x", "phone=[number]&x"),
        ("C7K4M9QX23WE56", "[code]"),
        ("码C7K4M9QX23WE56请核对", "码[code]请核对"),
        ("/q/c7k4m9qx23we56", "/q/[code]"),
        ("C7K4 M9QX 23WE 56", "[code]"),
        ("c7k4-m9qx-23we-56", "[code]"),
        ("L7K4M9QX23WE56TRYN", "[code]"),
        ("V7K4M9QX23WE56TRYNABCDEF2345", "[code]"),
        ("A7K4M9QX", "[code]"),
        ("输入A7K4 M9QX，", "输入[code]，"),
        (f"Authorization: Bearer {TOKEN}", "Authorization: [token]"),
        (f"token {TOKEN} unknown", "token [token] unknown"),
        (
            {"body": {"phone": "13800138000", "13800138000": [13800138000]}},
            {"body": {"phone": "[number]", "[number]": ["[number]"]}},
        ),
        (["P7K4M9QX23WE56", ("138 0013 8000",)], ["[code]", ["[number]"]]),
        (ValueError("no 13800138000"), "ValueError('no [number]')"),
        (b"13800138000", "b'[number]'"),
    ],
)  # fmt: skip
def test_what_is_private_is_hidden(written, kept):
    assert logs.hide_private(None, "info", {"what": written}) == {"what": kept}


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22 09:41:00",
        "actor 0198f2a4-7c5d-7a2b-a2c4-9f3e5d7b8a26",
        "all members were asked and answered; same server as before",
        "/desk/members/<uuid:member_id>",
        "took 12.345678 s",
        {"status": 200, "milliseconds": 4.2, "points": 2_400_000, "ready": True, "rule": None},
        UUID("0198f2a4-7c5d-7a2b-a2c4-9f3e5d7b8a26"),
    ],
)
def test_what_is_not_private_can_be_read(written):
    assert logs.hide_private(None, "info", {"what": written}) == {"what": written}


@pytest.fixture
def handler():
    """The handler that writes what libraries and we ourselves log."""
    logs.initialise(Settings(environment="test"))
    return next(each for each in logging.getLogger().handlers if getattr(each, "alliance", False))


def test_a_line_is_json_and_hides_also_what_a_traceback_tells(handler):
    try:
        raise LookupError("nobody has 138-0013-8000")
    except LookupError as error:
        fault = (LookupError, error, error.__traceback__)
    record = logging.LogRecord("a.library", logging.ERROR, __file__, 1, "电话%s", ("13800138000",), fault)
    line = handler.format(record)
    told = json.loads(line)
    assert (told["event"], told["level"]) == ("电话[number]", "error")
    assert "LookupError: nobody has [number]" in told["exception"]
    assert "\n" not in line
