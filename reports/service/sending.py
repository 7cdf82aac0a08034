"""A resident tells something, by name or without one."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core import clock
from core.auth import Actor
from core.db import db, insert, new_id, transactional
from core.pictures import Drawn
from core.receipts import Answer, KeyReused, once
from reports import secrets
from reports.errors import NotSafe, ReporterNeeded
from reports.models import Report
from reports.rules import kinds, texts
from reports.service import photos as pictures
from reports.service import places
from reports.service.places import Place

#: Random numbers are drawn again when one is taken; by then the service would hold millions of reports.
_MOST_DRAWS = 10


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told, cleaned, with the photos made anew; nothing of who or when."""

    kind: kinds.Kind
    words: str
    answers: dict[str, str]
    place: Place
    photos: list[Drawn]
    confidential: bool

    def row(self) -> dict[str, Any]:
        """What the table keeps of it."""
        today = clock.today()
        return {
            "kind": self.kind.code,
            "state": "received",
            "received_on": today,
            "area_id": self.place.area_id,
            "checkpoint_id": self.place.checkpoint_id,
            "place": self.place.words,
            "words": self.words,
            "answers": self.answers,
            "confidential": self.confidential or self.kind.confidential,
            "due_on": kinds.due_on(self.kind, today),
        }


def send_report(
    actor: Actor,
    *,
    key: UUID,
    kind: str,
    safe: bool,
    words: str,
    answers: Mapping[str, str] | None = None,
    area_id: UUID | None = None,
    place_code: str = "",
    place_note: str = "",
    photos: Sequence[bytes] = (),
    confidential: bool = False,
    unnamed: bool = False,
) -> Answer:
    """Take a report, once per key. `place_code` is the text of the code on a plate; without a
    name only its neighbourhood is kept.

    By name it needs `report.write`; the answer has `report_id` and `number`. `unnamed`: anybody may, signed in or not,
    and `actor` is looked at no further; the answer has `number` and `password`, and a repeat with the same key gets
    both again. Raises `NotSafe`, `KindUnknown`, `AnswerInvalid`, `TextInvalid`, `PlaceMissing`, `PlaceUnknown`,
    `TooManyPhotos`, `PhotoInvalid`, `PhotoTooLarge`, `ReporterNeeded`, `KeyReused`.
    """
    if not unnamed:
        actor.require("report.write")
        if actor.member_id is None:
            raise ReporterNeeded
    if safe is not True:
        raise NotSafe(field="safe")
    content = {
        "kind": kind,
        "words": words,
        "answers": dict(answers or {}),
        "area_id": area_id,
        "place": [place_code, place_note],
        "confidential": confidential,
        "photos": [hashlib.sha256(photo).hexdigest() for photo in photos],
    }
    found = kinds.kind(kind)
    told = _Told(
        kind=found,
        words=texts.clean_words(words, "words"),
        answers=kinds.clean_answers(found, answers or {}),
        place=places.settle(area_id, place_code, place_note, unnamed=unnamed),
        photos=pictures.remake(photos),
        confidential=confidential,
    )
    if unnamed:
        return _without_name(key, secrets.fingerprint({"key": key, **content}), told)
    return once(key, actor, "report.send", content, lambda: _by_name(actor, told))


def _by_name(actor: Actor, told: _Told) -> dict[str, Any]:
    report_id = new_id()
    row = told.row() | {"id": report_id, "member_id": actor.member_id, "received_at": clock.now()}
    number = _insert(row, told.photos)
    return {"outcome": "reported", "report_id": str(report_id), "number": number}


@transactional
def _without_name(key: UUID, fingerprint: str, told: _Told) -> Answer:
    """No receipt, no audit entry, no id of anybody: see docs/adr on reports without a name."""
    report_id, password = secrets.report_id(key), secrets.password(key)
    number, replayed = _known(report_id, fingerprint), True
    if number is None:
        row = told.row() | {
            "id": report_id,
            "password_digest": secrets.read_password(password),
            "fingerprint": fingerprint,
        }
        replayed = False
        try:
            with db.session.begin_nested():
                number = _insert(row, told.photos)
        except sa.exc.IntegrityError:
            # The same request, a moment earlier.
            number, replayed = _known(report_id, fingerprint), True
            if number is None:
                raise
    return Answer({"outcome": "reported", "number": number, "password": password}, replayed=replayed)


def _known(report_id: UUID, fingerprint: str) -> int | None:
    query = sa.select(Report.number, Report.fingerprint).where(Report.id == report_id)
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    if found.fingerprint != fingerprint:
        raise KeyReused
    number: int = found.number
    return number


def _insert(row: dict[str, Any], photos: Sequence[Drawn]) -> int:
    values = {
        "points": 0,
        "version": 1,
        "verdict": "open",
        "shuffled": False,
        "responsible": "",
        "passed_to": "",
    }
    for _ in range(_MOST_DRAWS):
        number = secrets.new_number()
        statement = insert(Report).values(**values, **row, number=number)
        statement = statement.on_conflict_do_nothing(index_elements=["number"]).returning(Report.number)
        if db.session.execute(statement).first() is not None:
            pictures.keep(row["id"], photos)
            return number
    raise RuntimeError("no free number for a report")
