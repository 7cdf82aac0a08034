"""The list of members as a file: who took it, by what filter and how many rows is in the audit log."""

from collections.abc import Sequence

from core import audit
from core.auth import Actor
from core.db import transactional
from members import queries
from members.admission_errors import ExportTooLarge
from members.queries import MemberEntry, MemberFilter

#: A workbook is made in memory, cell by cell.
MOST_IN_XLSX = 50_000
MOST_IN_CSV = 200_000


@transactional
def export_members(actor: Actor, wanted: MemberFilter, kind: str) -> Sequence[MemberEntry]:
    """Exactly the members whom the filter finds, for a file of this `kind` ("xlsx", "csv"). Needs `member.export`.

    Telephone numbers only for who may manage members. Raises `ExportTooLarge`.
    """
    actor.require("member.export")
    most = MOST_IN_XLSX if kind == "xlsx" else MOST_IN_CSV
    if queries.count_members(wanted, most) > most:
        raise ExportTooLarge(most=most, kind=kind)
    found = list(queries.all_members(wanted, most, with_phones=actor.may("member.manage")))
    audit.record(actor, "member.exported", "member", None, rows=len(found), kind=kind, filter=wanted.told())
    return found
