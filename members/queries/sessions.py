"""Who is asking: the member behind a session. Read on every request, so it is one select."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from core import clock
from core.auth import Actor
from core.db import execute
from core.fixed import Fixed
from members import rules
from members.models import Member, MemberRole

_LONGEST_SESSION_ID = 100


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user of a session, as light as it can be: what pages and rights need, nothing else.

    `id` … `permissions` are of the member in whose name everything happens. `signer_id` is who signed in: somebody else
    when a helper acts for a member he looks after. `language`, `theme`, `large_type`, `speak` are the signer's, because
    it is his phone.
    """

    id: UUID
    number: int
    name: str
    status: str
    squad_id: UUID | None
    area_id: UUID | None
    helper_id: UUID | None
    listed: bool
    roles: frozenset[str]
    permissions: frozenset[str]
    signer_id: UUID
    signer_name: str
    session_epoch: int
    language: str
    theme: str
    large_type: bool
    speak: bool
    consent_version: int | None = None

    @property
    def consent_due(self) -> bool:
        """Whether who signed in has to be asked first whether he agrees to the text in force."""
        return rules.consent_due(self.consent_version)

    @property
    def acting(self) -> bool:
        """Whether a helper acts for somebody else."""
        return self.signer_id != self.id

    @property
    def is_authenticated(self) -> bool:
        """Always: strangers have no `SignedIn`."""
        return True

    @property
    def is_active(self) -> bool:
        """Always: who may not sign in is never loaded."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Never."""
        return False

    def get_id(self) -> str:
        """What the session keeps: the signer, the epoch in force, and for whom he acts."""
        own = f"{self.signer_id}:{self.session_epoch}"
        return f"{own}:{self.id}" if self.acting else own


_subject, _signer = aliased(Member), aliased(Member)
_roles = (
    # The comma as text: as a value it would be put in anew each time.
    sa.select(sa.func.aggregate_strings(MemberRole.role, sa.literal_column("','")))  # type: ignore[arg-type] # as above
    .where(MemberRole.member_id == _subject.id)
    .correlate(_subject)
    .scalar_subquery()
)
_SIGNED_IN = Fixed(
    sa.select(
        _subject.id,
        _subject.number,
        _subject.name,
        _subject.status,
        _subject.on_leave_until,
        _subject.squad_id,
        _subject.area_id,
        _subject.helper_id,
        _subject.listed,
        _roles.label("roles"),
        _signer.id.label("signer_id"),
        _signer.name.label("signer_name"),
        _signer.status.label("signer_status"),
        _signer.session_epoch,
        _signer.language,
        _signer.theme,
        _signer.large_type,
        _signer.speak,
        _signer.consent_version,
    )
    .select_from(_subject)
    .join(_signer, _signer.id == sa.bindparam("signer_id"))
    .where(_subject.id == sa.bindparam("subject_id"))
)


def load_session(session_id: str) -> SignedIn | None:
    """Who is signed in with this session, or None when it is not (or no longer) good.

    A session ends when the signer's epoch moves on ("sign out everywhere", suspension, new password), and when he is
    suspended or has left. When only the acting for somebody else has ended, he is himself again.
    """
    parts = session_id.split(":") if len(session_id) <= _LONGEST_SESSION_ID else []
    if len(parts) not in {2, 3} or not (parts[1].isascii() and parts[1].isdigit()):
        return None
    try:
        signer_id, subject_id = UUID(parts[0]), UUID(parts[-1] if len(parts) == 3 else parts[0])
    except ValueError:
        return None
    found = signed_in(signer_id, subject_id)
    if found is None and subject_id != signer_id:
        found = signed_in(signer_id, signer_id)
    return found if found is not None and found.session_epoch == int(parts[1]) else None


def signed_in(signer_id: UUID, subject_id: UUID) -> SignedIn | None:
    """The user `signer_id` in the name of `subject_id` (usually himself), or None when that is not allowed."""
    row = execute(_SIGNED_IN, {"signer_id": signer_id, "subject_id": subject_id}).one_or_none()
    if row is None or {row.status, row.signer_status} & {"suspended", "left"}:
        return None
    acting = signer_id != subject_id
    if acting and (row.helper_id != signer_id or row.signer_status == "applied"):
        return None
    status = rules.effective_status(row.status, row.on_leave_until, clock.today())
    roles = frozenset(row.roles.split(",") if row.roles else ())
    permissions = rules.permissions_of(roles, status)
    return SignedIn(
        id=row.id,
        number=row.number,
        name=row.name,
        status=status,
        squad_id=row.squad_id,
        area_id=row.area_id,
        helper_id=row.helper_id,
        listed=row.listed,
        roles=roles,
        permissions=rules.permissions_for_helper(permissions) if acting else permissions,
        signer_id=row.signer_id,
        signer_name=row.signer_name,
        session_epoch=row.session_epoch,
        language=row.language,
        theme=row.theme,
        large_type=row.large_type,
        speak=row.speak,
        consent_version=row.consent_version,
    )


def actor_for(member: SignedIn) -> Actor:
    """The actor of a request. `id` is who signed in and stands in receipts and the audit log; `member_id` is the member
    in whose name it happens: another one when a helper acts.
    """
    return Actor(
        id=member.signer_id,
        kind="member",
        permissions=member.permissions,
        member_id=member.id,
        squad_id=member.squad_id,
        name=member.name,
    )
