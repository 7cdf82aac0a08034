"""Notices for tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import notices.service
from core import clock
from core.auth import Actor
from core.db import new_id
from notices.rules import Wish


def wish(**given: Any) -> Wish:
    """A notice to everybody for two weeks."""
    today = clock.today()
    words = {"title_zh": "今晚停水", "text_zh": "今晚八点到十点停水。\n请提前接水。"}
    return Wish(**{**words, "first_day": today, "last_day": today + timedelta(days=14), **given})


def send(actor: Actor, *, replaces_id: UUID | None = None, **given: Any) -> UUID:
    """A notice that is out."""
    answer = notices.service.send(actor, key=new_id(), wish=wish(**given), replaces_id=replaces_id)
    return UUID(answer.body["notice_id"])
