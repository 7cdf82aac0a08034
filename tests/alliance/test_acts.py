"""Whatever staff do stands in the audit log in words."""

import re
from pathlib import Path

from alliance.messages.acts import ACTS
from core.config import ROOT

#: Calls that write the audit log name the act in their second argument, on the same or on the next lines.
ACT = re.compile(r"(?:audit\.record|_record|record|record_many)\(\s*[\w.]+,\s*\"([a-z_.]+)\"")


def acts_in(folder: Path) -> set[str]:
    return {act for path in folder.rglob("*.py") for act in ACT.findall(path.read_text(encoding="utf-8"))}


def test_every_act_has_its_words() -> None:
    packages = ("members", "points", "patrols", "merchants", "rewards", "honours", "activities")
    found = {act for package in packages for act in acts_in(ROOT / package)}
    assert {"award.give", "member.suspended", "round_judged"} <= found
    assert found <= set(ACTS)
