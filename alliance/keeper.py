"""The keeper: does by the clock what nobody asks for, so that rounds end and points expire by themselves.

Runs beside the server as a process of its own. Every chore may be repeated and may be killed at any moment; two keepers
do no harm, each chore locks what it changes.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import activities.queries
import members.service
import merchants.service
import notices.service
import patrols.service
import points.queries
import points.service
import reports.queries
import reports.service
import rewards.service
from alliance.logs import log
from core import chain, clock, refused_heaps, refused_scans, seals
from core.config import settings
from core.db import db

#: How often the keeper looks whether something is due.
LOOK_SECONDS = 30


@dataclass(slots=True)
class Chore:
    """Something to be done every so often; `done_at` is when it was last begun, UTC."""

    name: str
    every: timedelta
    work: Callable[[], object]
    done_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.done_at is None or now - self.done_at >= self.every


def chores() -> list[Chore]:
    """All chores, none of them done yet."""
    return [
        Chore("close overdue rounds", timedelta(minutes=1), patrols.service.close_overdue),
        Chore("expire charges", timedelta(seconds=LOOK_SECONDS), merchants.service.expire_charges),
        Chore("expire vouchers", timedelta(minutes=1), rewards.service.expire_redemptions),
        Chore("forget fitting places", timedelta(hours=6), rewards.service.forget_fitting_places),
        Chore(
            "go on with lists of members", timedelta(seconds=LOOK_SECONDS), members.service.go_on_with_imports
        ),
        Chore("end leaves", timedelta(hours=1), members.service.end_leaves),
        Chore("follow merges", timedelta(hours=1), points.service.follow_merges),
        Chore("expire points", timedelta(hours=1), points.service.expire),
        Chore("find odd awards", timedelta(minutes=5), _find_odd_awards),
        Chore("keep finished months", timedelta(minutes=10), points.service.keep_month),
        Chore("chain the audit log", timedelta(minutes=1), chain.seal),
        Chore("seal the books", timedelta(hours=1), seals.seal_books),
        Chore("retain reports", timedelta(hours=1), reports.service.retain),
        Chore("retain personal data", timedelta(hours=1), members.service.retain),
        Chore("forget who has read notices", timedelta(hours=6), notices.service.forget_readings),
        Chore("forget refused scans", timedelta(hours=6), _forget_refused_scans),
        Chore("tidy", timedelta(hours=6), members.service.tidy),
    ]


def _find_odd_awards() -> int:
    since = points.queries.odd_since()
    return points.service.find_odd(reports.queries.promises(since), activities.queries.odd_attendance(since))


def _forget_refused_scans() -> int:
    before = clock.now() - timedelta(days=settings().refused_scan_days)
    return refused_scans.forget(before) + refused_heaps.forget(before)


def do_due(waiting: list[Chore]) -> list[str]:
    """Do what is due and return the names; a chore that fails is logged and waits for its next time."""
    done = []
    for chore in waiting:
        now = clock.now()
        if not chore.due(now):
            continue
        chore.done_at = now
        try:
            chore.work()
            done.append(chore.name)
        except Exception:  # noqa: BLE001 - logged whole, see the next line
            # One broken chore must not stop the others: rounds shall end although, say, expiry cannot.
            log.exception("chore failed", chore=chore.name)
        finally:
            db.session.remove()
    return done


def keep(parent: int) -> None:
    """Do the chores for as long as the process `parent`, the server, is our parent."""
    waiting = chores()
    while os.getppid() == parent:
        do_due(waiting)
        time.sleep(LOOK_SECONDS)
