"""Tables of people: areas, squads, members with roles and cards, ways to sign in, devices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Identifier, Model, UtcTime
from members import name_rules, rules


def _searched(longest: int) -> sa.String:
    """Searched by its beginning: on PostgreSQL only the C collation sorts so that an index can do that."""
    return sa.String(longest).with_variant(sa.String(longest, collation="C"), "postgresql")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The condition of a CHECK that the column holds one of the values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Area(Model):
    """A place in the tree station → community → grid → estate."""

    __tablename__ = "area"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    level: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))

    __table_args__ = (
        sa.UniqueConstraint("parent_id", "name"),
        # The constraint does not hold among stations: to SQL, no NULL equals another.
        sa.Index(
            "uq_area_station_name",
            "name",
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        ),
        sa.CheckConstraint(one_of("level", rules.AREA_LEVELS), name="level"),
        sa.CheckConstraint("(parent_id IS NULL) = (level = 'station')", name="only_stations_are_roots"),
    )


class Squad(Model):
    """A squad. `active_members` counts its members with status active; the service keeps it in the same transaction."""

    __tablename__ = "squad"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    crest_color: Mapped[str] = mapped_column(sa.String(20))
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    active_members: Mapped[int] = mapped_column(sa.Integer, default=0)
    founded_on: Mapped[date | None] = mapped_column(sa.Date)
    motto: Mapped[str] = mapped_column(sa.String(rules.LONGEST_MOTTO), default="")

    __table_args__ = (
        sa.CheckConstraint(one_of("kind", rules.SQUAD_KINDS), name="kind"),
        sa.CheckConstraint(one_of("crest_color", rules.CREST_COLORS), name="crest_color"),
        sa.CheckConstraint("active_members >= 0", name="active_members"),
    )


class Member(Model):
    """Anyone with a membership. The telephone number is empty for those who have none and for those who left.

    `name_key`, `name_sound` and `name_latin` are what the name is found by and go with it (`name_rules.kept`).
    `session_epoch` is part of every session: counting it up signs the member out on all devices. An account with a
    `helper_id` is looked after by that member until its owner claims it. `consent_version` is the newest text that the
    member has agreed to, `signed_in_on` the day of the last sign-in. `deletion_due_at`: he wishes his personal data
    gone, from then on; `erased_at`: it is gone, only the number is left.
    """

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    name_key: Mapped[str] = mapped_column(_searched(rules.LONGEST_NAME))
    name_sound: Mapped[str] = mapped_column(_searched(name_rules.LONGEST_SOUND), server_default="")
    name_latin: Mapped[str] = mapped_column(_searched(name_rules.LONGEST_SOUND), server_default="")
    phone: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    status: Mapped[str] = mapped_column(sa.String(20))
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"))
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"))
    language: Mapped[str] = mapped_column(sa.String(20), default=rules.LANGUAGES[0])
    theme: Mapped[str] = mapped_column(sa.String(10), default=rules.THEMES[0])
    large_type: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    speak: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    listed: Mapped[bool] = mapped_column(sa.Boolean, default=False)
    helper_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    session_epoch: Mapped[int] = mapped_column(sa.Integer, default=1)
    card_generation: Mapped[int] = mapped_column(sa.Integer, default=0)
    card_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    card_issued_at: Mapped[datetime | None] = mapped_column(UtcTime)
    card_revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    on_leave_until: Mapped[date | None] = mapped_column(sa.Date)
    consented_at: Mapped[datetime | None] = mapped_column(UtcTime)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    claim_digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    claim_expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    consent_version: Mapped[int | None] = mapped_column(sa.Integer)
    signed_in_on: Mapped[date | None] = mapped_column(sa.Date)
    deletion_due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("status", rules.STATUSES), name="status"),
        sa.CheckConstraint(one_of("language", rules.LANGUAGES), name="language"),
        sa.CheckConstraint(one_of("theme", rules.THEMES), name="theme"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("helper_id <> id", name="nobody_helps_himself"),
        sa.CheckConstraint("status <> 'left' OR phone IS NULL", name="who_left_has_no_phone"),
        sa.CheckConstraint(
            "status = 'applied' OR admitted_at IS NOT NULL OR status = 'left'", name="admitted"
        ),
        sa.Index("ix_member_name_key", "name_key", "id"),
        sa.Index("ix_member_name_sound", "name_sound", "name_key", "id"),
        sa.Index("ix_member_name_latin", "name_latin", "id"),
        sa.Index("ix_member_squad_id_status", "squad_id", "status"),
        sa.Index("ix_member_status_id", "status", "id"),
        # The desk's list by name, of one squad, status or area: without these it walks through all other names.
        sa.Index("ix_member_squad_id_name_key", "squad_id", "name_key", "id"),
        sa.Index("ix_member_status_name_key", "status", "name_key", "id"),
        sa.Index("ix_member_area_id_name_key", "area_id", "name_key", "id"),
        # Cards that were blocked and wait for another one: few, and looked for on the desk's first page.
        sa.Index(
            "ix_member_card_lost",
            "id",
            sqlite_where=sa.text("status = 'active' AND card_revoked_at IS NOT NULL"),
            postgresql_where=sa.text("status = 'active' AND card_revoked_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_member_deletion_due_at",
            "deletion_due_at",
            sqlite_where=sa.text("deletion_due_at IS NOT NULL"),
            postgresql_where=sa.text("deletion_due_at IS NOT NULL"),
        ),
    )


class Merge(Model):
    """Two memberships of one person were made one: `gone_id` is closed, `kept_id` goes on.

    `before` is what an undoing brings back (status, telephone, place …); it is emptied when nobody can undo any more.
    `points` and `owed` are what was moved at that moment; the transfers name the merge as what they are about.
    `by_two`: a second person has agreed (`merge_models.MergeProposal`); unknown of merges older than that rule.
    """

    __tablename__ = "member_merge"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    gone_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    kept_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"))
    merged_by: Mapped[UUID] = mapped_column(Identifier)
    merged_at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(sa.String(rules.LONGEST_MOTTO))
    points: Mapped[int] = mapped_column(sa.BigInteger)
    owed: Mapped[int] = mapped_column(sa.BigInteger)
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    undone_by: Mapped[UUID | None] = mapped_column(Identifier)
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)
    by_two: Mapped[bool | None] = mapped_column(sa.Boolean)

    __table_args__ = (
        sa.CheckConstraint("gone_id <> kept_id", name="two_members"),
        sa.CheckConstraint("merged_by <> gone_id AND merged_by <> kept_id", name="nobody_merges_himself"),
        sa.CheckConstraint("points >= 0 AND owed >= 0", name="moved"),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone"),
        sa.CheckConstraint("undone_at IS NULL OR undone_at >= merged_at", name="undone_afterwards"),
        sa.Index(
            "uq_member_merge_gone_id",
            "gone_id",
            unique=True,
            sqlite_where=sa.text("undone_at IS NULL"),
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
        sa.Index("ix_member_merge_kept_id", "kept_id"),
    )


class ToldApart(Model):
    """Two members look alike on paper, and somebody of the staff knows that they are two people."""

    __tablename__ = "told_apart"

    first_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    second_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True, index=True)
    told_by: Mapped[UUID] = mapped_column(Identifier)
    told_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (sa.CheckConstraint("first_id < second_id", name="in_order"),)


class Consent(Model):
    """That a member has agreed to a version of the text about his personal data.

    `recorded_by` is himself, or the helper or staff who wrote down what he said or signed.
    """

    __tablename__ = "consent"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    version: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    agreed_at: Mapped[datetime] = mapped_column(UtcTime)
    recorded_by: Mapped[UUID] = mapped_column(Identifier)

    __table_args__ = (sa.CheckConstraint("version >= 1", name="version"),)


class PastHelp(Model):
    """Who looked after an account until `ended_at`. For a while he still counts as one household with its owner."""

    __tablename__ = "past_help"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    helper_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True, index=True)
    ended_at: Mapped[datetime] = mapped_column(UtcTime)


class Captaincy(Model):
    """Who leads a squad, and who stands in for the captain. A table of its own: squads and members would else need
    each other to exist first.
    """

    __tablename__ = "captaincy"

    squad_id: Mapped[UUID] = mapped_column(sa.ForeignKey("squad.id"), primary_key=True)
    post: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)

    __table_args__ = (sa.CheckConstraint(one_of("post", rules.POSTS), name="post"),)


class MemberRole(Model):
    """A role that a member holds; what it allows is in `members/rules.py`."""

    __tablename__ = "member_role"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20), primary_key=True)

    __table_args__ = (
        sa.CheckConstraint(one_of("role", rules.ROLES), name="role"),
        sa.Index("ix_member_role_role", "role", "member_id"),
    )


class NumberSeries(Model):
    """The last running number given out in a series, so that two members never get the same one."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    last: Mapped[int] = mapped_column(sa.BigInteger)


class SignIn(Model):
    """The secrets by which a member is known: hashes of the password and of the PIN that goes with the card."""

    __tablename__ = "sign_in"

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), primary_key=True)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    pin_hash: Mapped[str | None] = mapped_column(sa.String(200))


class OneTimeCode(Model):
    """The one code in force for a telephone and a purpose; a newer one takes its place."""

    __tablename__ = "one_time_code"

    phone_digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    code_digest: Mapped[str] = mapped_column(sa.String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    tries: Mapped[int] = mapped_column(sa.Integer, default=0)

    __table_args__ = (
        sa.CheckConstraint(one_of("purpose", rules.CODE_PURPOSES), name="purpose"),
        sa.CheckConstraint("tries >= 0", name="tries"),
    )


class Attempt(Model):
    """How often something was tried in a window of time. `subject` is a keyed digest of who or whence."""

    __tablename__ = "attempt"

    kind: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    tries: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (sa.Index("ix_attempt_window_ends_at", "window_ends_at"),)


class UsedCode(Model):
    """A changing code that was spent. Its digest is kept until nobody could use it any more."""

    __tablename__ = "used_code"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class JoinCode(Model):
    """A code by which people apply for membership (a poster) or one device enrols (once, for named permissions)."""

    __tablename__ = "join_code"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    label: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    permissions: Mapped[list[str]] = mapped_column(sa.JSON)
    responsible_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    squad_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("squad.id"), index=True)
    area_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("area.id"), index=True)
    created_by: Mapped[UUID] = mapped_column(Identifier)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (
        sa.CheckConstraint(one_of("purpose", rules.JOIN_PURPOSES), name="purpose"),
        sa.CheckConstraint(
            "purpose <> 'device' OR (responsible_id IS NOT NULL AND expires_at IS NOT NULL)", name="device"
        ),
    )


class Device(Model):
    """A gate, till or tablet that signs in with a token of its own, limited to named permissions."""

    __tablename__ = "device"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(rules.LONGEST_NAME))
    permissions: Mapped[list[str]] = mapped_column(sa.JSON)
    token_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    responsible_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    join_code_id: Mapped[UUID] = mapped_column(sa.ForeignKey("join_code.id"), unique=True)
    enrolled_at: Mapped[datetime] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class DeskSession(Model):
    """A member stands at the desk and was known by card and PIN: the coordinator may act on the member's word."""

    __tablename__ = "desk_session"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    coordinator_id: Mapped[UUID] = mapped_column(sa.ForeignKey("member.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)


class OutboxMessage(Model):
    """Development only: a message that a real sender would have put on somebody's telephone."""

    __tablename__ = "outbox_message"

    id: Mapped[UUID] = mapped_column(Identifier, primary_key=True)
    phone: Mapped[str] = mapped_column(sa.String(20))
    purpose: Mapped[str] = mapped_column(sa.String(20))
    code: Mapped[str] = mapped_column(sa.String(20))
    language: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
