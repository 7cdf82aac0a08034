"""Letters of encouragement for tests."""

from typing import Any
from uuid import UUID

import honours.queries
import honours.service
from core.auth import Actor
from core.db import new_id
from honours.queries import LetterFacts

OCCASION = "11月3日夜巡时发现电动车起火，及时报警并组织邻居撤离。"


def issue(actor: Actor, member_id: UUID, **given: Any) -> LetterFacts:
    """A letter to the member."""
    wish = {"key": new_id(), "occasion_zh": OCCASION} | given
    answer = honours.service.issue_letter(actor, member_id=member_id, **wish)
    return honours.queries.letter(UUID(answer.body["letter_id"]))


def revoke(actor: Actor, letter: LetterFacts, **given: Any) -> None:
    """Withdraw it."""
    wish = {"key": new_id(), "reason": "发错了人"} | given
    honours.service.revoke_letter(actor, letter_id=letter.id, **wish)
