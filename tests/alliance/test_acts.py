"""Whatever staff do stands in the audit log in words."""

import re
from pathlib import Path

from alliance.messages.acts import ACTS
from core.config import ROOT
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
