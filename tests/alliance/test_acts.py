"""Whatever staff do stands in the audit log, in words."""

import re
from pathlib import Path

from alliance.messages.acts import ACTS
from core.config import ROOT
from tests.support import acts as use_cases
from tests.support.house import PACKAGES

#: Calls that write the audit log name the act in their second argument, on the same or on the next lines.
ACT = re.compile(r"(?:audit\.record|_record|record|record_many)\(\s*[\w.]+,\s*\"([a-z_.]+)\"")


def acts_in(folder: Path) -> set[str]:
    return {act for path in folder.rglob("*.py") for act in ACT.findall(path.read_text(encoding="utf-8"))}


def test_every_act_has_its_words() -> None:
    found = {act for package in PACKAGES if (ROOT / package).is_dir() for act in acts_in(ROOT / package)}
    assert {"award.give", "member.suspended", "round_judged"} <= found
    assert found - set(ACTS) == set()


def test_an_act_without_words_is_seen(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text('audit.record(\n    actor, "reward.burnt", "reward", reward_id\n)')
    assert acts_in(tmp_path) - set(ACTS) == {"reward.burnt"}


#: Use cases that change something and write no entry → why not.
SILENT = {
    "what a member does about himself: no rights over others": {
        *(
            "activities.attend_by_code",
            "activities.sign_off",
            "activities.sign_up",
            "members.act_for_oneself",
        ),
        *("members.agree", "members.ask_for_deletion", "members.call_off_deletion", "members.name_endorser"),
        *("members.change_settings", "members.prove_oneself", "members.request_own_code"),
        *("members.send_phone_code", "members.phone_code", "notices.read", "reports.send_report"),
        *("patrols.join_round", "patrols.leave_round", "patrols.visit_checkpoint"),
        *("rewards.mark", "rewards.unmark", "rewards.reserve", "rewards.wait_for", "rewards.stop_waiting"),
    },
    "points that a member and a shop exchange: each stands with its clerk in the ledger and in both their lists": {
        *(f"merchants.{each}_charge" for each in ("cancel", "confirm", "decline", "take")),
        *("merchants.give_points", "merchants.hold_by_code", "merchants.hold_scanned"),
        *("merchants.pay_by_plate", "merchants.show_order", "merchants.take_order"),
    },
    "nothing is changed but that a code was used, a PIN tried, or a message was seen": {
        *("members.note_device_use", "members.show_by_code", "merchants.check_counter_pin"),
        *("merchants.clerk_of", "merchants.see_payments", "merchants.show_by_plate"),
        *("merchants.show_receiver", "rewards.show_voucher"),
    },
    "a part of other packages' use cases, which write the entry": {
        *(f"points.{each}" for each in ("cancel", "gift", "give", "pay", "pay_deed", "pay_deed_alone")),
        *("points.pay_promised", "points.promise_alone", "points.shop_deed_rule", "points.shop_limit_passed"),
        *(
            f"points.{each}"
            for each in ("pay_deeds", "pay_shop_deed", "refund", "release", "reserve", "settle")
        ),
        *(f"points.{each}" for each in ("grant_budget", "hold_budget", "withdraw_budget", "take_back")),
        *(f"points.{each}" for each in ("reserve_and_pay", "join_accounts", "separate_accounts", "pay_back")),
    },
    "what happens by the clock or when the service is set up": {
        *("merchants.install_trades", "patrols.close_overdue"),
    },
}


def test_every_use_case_that_changes_something_comes_to_the_log_or_has_its_reason() -> None:
    known = use_cases.modules(ROOT, PACKAGES)
    excepted = set().union(*SILENT.values())
    found = use_cases.silent(known, PACKAGES)
    assert sorted(found - excepted) == [], "write an entry, or say here why not"
    assert sorted(excepted - found) == []


def test_a_use_case_that_forgets_the_log_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "rewards" / "service"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from rewards.service.shelf import burn, clear\n")
    (folder / "shelf.py").write_text(
        "from core import audit\nfrom core.auth import Actor\nfrom core.db import transactional\n\n\n"
        "@transactional\ndef burn(actor: Actor) -> None:\n    _empty()\n\n\n"
        "@transactional\ndef clear(actor: Actor) -> None:\n    _tell(actor)\n\n\n"
        "def _empty() -> None: ...\n\n\n"
        "def _tell(actor: Actor) -> None:\n    audit.record(actor, 'reward.cleared', 'reward', None)\n"
    )
    known = use_cases.modules(tmp_path, ["rewards"])
    assert use_cases.silent(known, ["rewards"]) == {"rewards.burn"}
