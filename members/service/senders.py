"""How a one-time code reaches a telephone. Operators plug in their provider; built in is one for development."""

import logging
from typing import Protocol

from core import clock
from core.config import settings
from core.db import db, new_id, transactional
from members import rules
from members.models import OutboxMessage

_log = logging.getLogger(__name__)


class OneTimeCodeSender(Protocol):
    """Sends one-time codes, usually through a provider that fills them into an approved text."""

    def send(self, phone: str, code: str, purpose: str, language: str) -> None:
        """Send `code` to `phone` (E.164). `purpose` is one of `rules.CODE_PURPOSES`, `language` one of
        `rules.LANGUAGES`. Called after the code is stored and outside of any transaction. An exception is the
        caller's failure: the member asks for another code.
        """


class OutboxSender:
    """Built in: a log line that names neither code nor telephone, and outside production a row for the outbox page."""

    def send(self, phone: str, code: str, purpose: str, language: str) -> None:
        """Put the message where a developer finds it. In production it can only say that no provider is set up."""
        if settings().production:
            _log.error(
                "one-time code not sent: no sender is set up", extra={"phone": rules.masked_phone(phone)}
            )
            return
        self._keep(phone, code, purpose, language)
        _log.info(
            "one-time code put into the outbox",
            extra={"phone": rules.masked_phone(phone), "purpose": purpose},
        )

    @transactional
    def _keep(self, phone: str, code: str, purpose: str, language: str) -> None:
        row = OutboxMessage(
            id=new_id(), phone=phone, code=code, purpose=purpose, language=language, created_at=clock.now()
        )
        db.session.add(row)


_sender: OneTimeCodeSender = OutboxSender()


def sends_codes() -> bool:
    """Whether a one-time code reaches anybody: in production only by a sender that the operator has set up."""
    return not (settings().production and isinstance(_sender, OutboxSender))


def sender() -> OneTimeCodeSender:
    """The sender in use in this process."""
    return _sender


def use_sender(chosen: OneTimeCodeSender) -> None:
    """Set the sender for this process, once at start."""
    global _sender  # noqa: PLW0603 - one sender per process, like one clock
    _sender = chosen
